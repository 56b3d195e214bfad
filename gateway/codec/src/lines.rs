//! Lines of a recorded file, plain or compressed, within bounds.
//!
//! Owns decompression, line splitting and the limits on both. Must never hold more than one line
//! and one decompression window, whatever the file says. Called by the importers.

use crate::error::ImportError;
use std::cell::Cell;
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Bounds of an import; beyond them it stops with an error or counts a broken line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// A longer line is a broken line.
    pub line_bytes: usize,
    /// More bytes after decompression stop the import of a file.
    pub file_bytes: u64,
    /// More events stop the import.
    pub events: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { line_bytes: 4 << 20, file_bytes: 16 << 30, events: 64_000_000 }
    }
}

/// One line, or the fact that it was too long to hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Line<'a> {
    /// Its bytes, without the line end.
    Text(&'a [u8]),
    /// Skipped.
    TooLong,
}

/// Bytes read from disk, shared by the readers of one import for the progress bar.
pub(crate) type ByteCount = Rc<Cell<u64>>;

struct Counted<R> {
    inner: R,
    count: ByteCount,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.count.set(self.count.get() + read as u64);
        Ok(read)
    }
}

/// Reads a file line by line.
pub struct Lines {
    path: PathBuf,
    reader: Box<dyn BufRead>,
    buffer: Vec<u8>,
    limits: Limits,
    bytes: u64,
    lines: u64,
    cut_short: bool,
}

impl Lines {
    /// Opens a file; `.gz` and `.zst` are decompressed on the way.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn open(path: &Path, limits: Limits) -> Result<Self, ImportError> {
        Self::open_counted(path, limits, ByteCount::default())
    }

    pub(crate) fn open_counted(
        path: &Path,
        limits: Limits,
        count: ByteCount,
    ) -> Result<Self, ImportError> {
        const CHUNK: usize = 1 << 16;
        let file = File::open(path).map_err(|source| ImportError::io(path, "open", source))?;
        let raw = BufReader::with_capacity(CHUNK, Counted { inner: file, count });
        let reader: Box<dyn BufRead> = match path.extension().and_then(|e| e.to_str()) {
            Some("gz") => {
                Box::new(BufReader::with_capacity(CHUNK, flate2::bufread::MultiGzDecoder::new(raw)))
            }
            Some("zst") => {
                let decoder = zstd::stream::read::Decoder::with_buffer(raw)
                    .map_err(|source| ImportError::io(path, "start decompressing", source))?;
                Box::new(BufReader::with_capacity(CHUNK, decoder))
            }
            _ => Box::new(raw),
        };
        Ok(Self {
            path: path.to_owned(),
            reader,
            buffer: Vec::new(),
            limits,
            bytes: 0,
            lines: 0,
            cut_short: false,
        })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }
    /// Lines returned so far: the number of the current line, from 1.
    pub fn lines(&self) -> u64 {
        self.lines
    }
    /// True when the compressed stream ended in the middle: the rest is missing.
    pub fn is_cut_short(&self) -> bool {
        self.cut_short
    }

    /// The next line.
    ///
    /// # Errors
    /// Damaged compression, an unreadable disk, more bytes than the limit.
    pub fn next_line(&mut self) -> Result<Option<Line<'_>>, ImportError> {
        self.buffer.clear();
        let (mut too_long, mut any) = (false, false);
        loop {
            let chunk = match self.reader.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                    self.cut_short = true;
                    &[]
                }
                Err(error) => return Err(self.damaged(error)),
            };
            if chunk.is_empty() {
                break;
            }
            any = true;
            let end = chunk.iter().position(|&byte| byte == b'\n');
            let part = &chunk[..end.unwrap_or(chunk.len())];
            too_long |= self.buffer.len() + part.len() > self.limits.line_bytes;
            if !too_long {
                self.buffer.extend_from_slice(part);
            }
            let used = part.len() + usize::from(end.is_some());
            self.reader.consume(used);
            self.bytes += used as u64;
            if self.bytes > self.limits.file_bytes {
                return Err(ImportError::TooLarge {
                    path: self.path.clone(),
                    line: self.lines + 1,
                    what: "bytes after decompression",
                    limit: self.limits.file_bytes,
                });
            }
            if end.is_some() {
                break;
            }
        }
        if !any {
            return Ok(None);
        }
        self.lines += 1;
        if too_long {
            return Ok(Some(Line::TooLong));
        }
        if self.buffer.last() == Some(&b'\r') {
            self.buffer.pop();
        }
        Ok(Some(Line::Text(&self.buffer)))
    }

    fn damaged(&self, error: std::io::Error) -> ImportError {
        if error.raw_os_error().is_some() {
            return ImportError::io(&self.path, "read", error);
        }
        ImportError::Damaged {
            path: self.path.clone(),
            line: self.lines,
            reason: error.to_string(),
        }
    }
}
