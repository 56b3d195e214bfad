//! From a journal on disk to a board.

use crate::{Board, Stakes};
use royale_journal::{JournalError, Preamble, Reader};
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

/// Folds the whole journal; `stakes` reads the starting capital out of the header.
///
/// # Errors
/// A damaged journal, and whatever `stakes` says of the configuration in the header.
pub fn load<E: From<JournalError>>(
    path: &Path,
    stakes: impl FnOnce(&Preamble) -> Result<Stakes, E>,
) -> Result<Loaded, E> {
    let mut reader = Reader::open(path)?;
    let preamble = reader.preamble().clone();
    let mut board = Board::new(&preamble, &stakes(&preamble)?);
    while let Some(record) = reader.next_record()? {
        board.apply(&record);
    }
    board.finish();
    Ok(Loaded {
        board,
        preamble,
        is_finished: reader.is_finished(),
        records: reader.records_read(),
    })
}
