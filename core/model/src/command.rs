//! Commands: what a person or the meta-agent says to the engine, with the words that go with it.
//!
//! A command is a sequenced input of fixed size, and a text is not. So a text travels as *notes*,
//! inputs too, right before the command to which they belong: whoever reads a journal puts them
//! together again ([`Remark`]), and no stage ever looks at them.

use zerocopy::{Immutable, IntoBytes, KnownLayout, TryFromBytes};

/// What can be commanded.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, Debug, TryFromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(u8)]
pub enum CommandCode {
    /// No new orders; resting orders are cancelled. Latched until `Resume`.
    Halt = 1,
    /// Trading may go on.
    Resume = 2,
    /// End the run in good order.
    Stop = 3,
    /// Set a slot's share of the house capital to `value` basis points.
    Allocate = 4,
    /// Bring version `value` into a slot.
    Install = 5,
    /// A slot stops: its orders are called back, its strategy is asked no more.
    Quarantine = 6,
    /// A slot goes on after a quarantine.
    Release = 7,
    /// A slot goes back to the version before, while that still listens, or sends the newcomer away.
    Rollback = 8,
    /// The meta-agent keeps its hands off the house until `Unfreeze`.
    Freeze = 10,
    /// It may share out again.
    Unfreeze = 11,
    /// Put a slot on the tier whose number is `value`.
    Tier = 12,
    /// Somebody asked for the command whose code is `value`, and was refused: nothing happens.
    Refused = 9,
}

impl CommandCode {
    /// The code whose number this is; the number of a refused command says what was asked for.
    pub fn from_number(number: i64) -> Option<Self> {
        u8::try_from(number).ok().and_then(|byte| Self::try_read_from_bytes(&[byte]).ok())
    }
    /// A short name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Halt => "halt",
            Self::Resume => "resume",
            Self::Stop => "stop",
            Self::Allocate => "allocate",
            Self::Install => "install",
            Self::Quarantine => "quarantine",
            Self::Release => "release",
            Self::Rollback => "rollback",
            Self::Freeze => "freeze",
            Self::Unfreeze => "unfreeze",
            Self::Tier => "tier",
            Self::Refused => "refused",
        }
    }
}

/// A command, once it is an input like any other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Command {
    /// What.
    pub code: CommandCode,
    /// Who: the peer's user id.
    pub uid: u32,
    /// Who: the peer's process id.
    pub pid: u32,
    /// For which slot, where it is about one; [`Command::NO_SLOT`] for one that there is not.
    pub slot: u16,
    /// The number that goes with it.
    pub value: i64,
}

impl Command {
    /// User id of the meta-agent that a run was started with. It is a part of the run, and the same
    /// run by another user has the same journal; its process id is 0.
    pub const AGENT: u32 = u32::MAX;
    /// The slot of a refused command that was about one that there is not.
    pub const NO_SLOT: u16 = u16::MAX;
}

/// What a text says of its command.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, Debug, TryFromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(u8)]
pub enum NotePurpose {
    /// Why it was given, in its sender's words.
    Reason = 1,
    /// Why it was refused, in ours.
    Refusal = 2,
}

/// A part of a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Note {
    purpose: NotePurpose,
    len: u8,
    bytes: [u8; Note::BYTES],
}

impl Note {
    /// Bytes of text in one note.
    pub const BYTES: usize = 32;

    /// A text in as many notes as it takes.
    pub fn split(purpose: NotePurpose, text: &str) -> impl Iterator<Item = Self> + '_ {
        text.as_bytes().chunks(Self::BYTES).map(move |part| {
            let mut bytes = [0; Self::BYTES];
            bytes[..part.len()].copy_from_slice(part);
            Self { purpose, len: part.len() as u8, bytes }
        })
    }
    /// What the text says of its command.
    pub const fn purpose(&self) -> NotePurpose {
        self.purpose
    }
    /// The part of the text; a letter may begin in one note and end in the next.
    pub fn text(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    pub(crate) const fn len(&self) -> u8 {
        self.len
    }
    pub(crate) fn words(&self) -> [i64; 4] {
        zerocopy::transmute!(self.bytes)
    }
    /// The note that was stored; one that no writer of ours stored comes back in another form, which
    /// [`crate::Event::check`] sees.
    pub(crate) fn from_words(purpose: NotePurpose, len: u8, words: [i64; 4]) -> Self {
        let mut bytes: [u8; Self::BYTES] = zerocopy::transmute!(words);
        let len = len.min(Self::BYTES as u8);
        bytes[usize::from(len)..].fill(0);
        Self { purpose, len, bytes }
    }
}

/// The texts of a command, put together from the notes before it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Remark {
    reason: Vec<u8>,
    refusal: Vec<u8>,
}

impl Remark {
    /// Takes the next note.
    pub fn take(&mut self, note: &Note) {
        match note.purpose {
            NotePurpose::Reason => self.reason.extend_from_slice(note.text()),
            NotePurpose::Refusal => self.refusal.extend_from_slice(note.text()),
        }
    }
    /// Why the command was given; empty where nobody said.
    pub fn reason(&self) -> String {
        printable(&self.reason)
    }
    /// Why it was refused; empty where it was not.
    pub fn refusal(&self) -> String {
        printable(&self.refusal)
    }
}

/// A text that can be shown: what is no letter, and what would steer a terminal, is replaced.
fn printable(bytes: &[u8]) -> String {
    let shown =
        |letter: char| if letter.is_control() { char::REPLACEMENT_CHARACTER } else { letter };
    String::from_utf8_lossy(bytes).chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_put_together_again() {
        for text in
            ["", "x", "exactly thirty-two bytes of text", "größer als eine Zeile: €€€€€€€€€€€€€"]
        {
            let mut remark = Remark::default();
            Note::split(NotePurpose::Reason, text).for_each(|note| remark.take(&note));
            Note::split(NotePurpose::Refusal, "no").for_each(|note| remark.take(&note));
            assert_eq!((remark.reason(), remark.refusal()), (text.to_owned(), "no".to_owned()));
        }
    }

    #[test]
    fn a_text_cannot_steer_a_terminal() {
        let mut remark = Remark::default();
        Note::split(NotePurpose::Reason, "a\x1b[2Jb").for_each(|note| remark.take(&note));
        assert_eq!(remark.reason(), "a\u{fffd}[2Jb");
    }

    #[test]
    fn a_refused_command_says_what_was_asked_for() {
        assert_eq!(CommandCode::from_number(6), Some(CommandCode::Quarantine));
        for number in [0, 13, 256 + 6, -1] {
            assert_eq!(CommandCode::from_number(number), None);
        }
    }
}
