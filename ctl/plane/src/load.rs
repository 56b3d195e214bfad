//! From a journal on disk to a board.

use crate::{Board, Stakes};
use royale_journal::{JournalError, Preamble, Reader, Record};
use std::path::Path;

/// A journal folded to its present end.
#[derive(Debug)]
pub struct Loaded {
    /// What it adds up to.
    pub board: Board,
    /// What its header says.
    pub preamble: Preamble,
    /// True when the writer closed it in good order.
    pub is_finished: bool,
    /// Records that were folded.
    pub records: u64,
}

/// A journal folded as far as it can be read.
#[derive(Debug)]
pub struct Read {
    /// What was folded.
    pub loaded: Loaded,
    /// Where the journal is damaged: nothing behind that place was folded.
    pub damage: Option<JournalError>,
}

/// Folds the whole journal; `stakes` reads the starting capital out of the header.
///
/// # Errors
/// A damaged journal, and whatever `stakes` says of the configuration in the header.
pub fn load<E: From<JournalError>>(
    path: &Path,
    stakes: impl FnOnce(&Preamble) -> Result<Stakes, E>,
) -> Result<Loaded, E> {
    let Read { loaded, damage } = read(path, stakes, |_, _| {})?;
    damage.map_or(Ok(loaded), |damage| Err(damage.into()))
}

/// Folds the journal up to its end or to the first damage. `see` is shown each record, and the board as
/// it is before it.
///
/// # Errors
/// A header that cannot be read, a file that cannot be read, and whatever `stakes` says.
pub fn read<E: From<JournalError>>(
    path: &Path,
    stakes: impl FnOnce(&Preamble) -> Result<Stakes, E>,
    mut see: impl FnMut(&Board, &Record),
) -> Result<Read, E> {
    let mut reader = Reader::open(path)?;
    let preamble = reader.preamble().clone();
    let mut board = Board::new(&preamble, &stakes(&preamble)?);
    let damage = loop {
        match reader.next_record() {
            Ok(Some(record)) => {
                see(&board, &record);
                board.apply(&record);
            }
            Ok(None) => break None,
            Err(error @ JournalError::Corrupt { .. }) => break Some(error),
            Err(error) => return Err(error.into()),
        }
    };
    board.finish();
    let (is_finished, records) = (reader.is_finished(), reader.records_read());
    Ok(Read { loaded: Loaded { board, preamble, is_finished, records }, damage })
}
