//! `rtrb`: two indices, each cached by the other side; single lines, or chunks.

use super::{Aligned, BatchInlet, BatchOutlet, Inlet, Link, Outlet, numbered};
use royale_ring::Line;
use rtrb::chunks::ChunkError;
use rtrb::{Consumer, Producer, RingBuffer};

/// `rtrb`, as a link.
pub struct Rtrb;

/// Its writing end.
pub struct Out(Producer<Aligned>);

/// Its reading end.
pub struct In(Consumer<Aligned>);

impl Link for Rtrb {
    type Out = Out;
    type In = In;
    fn open(capacity: usize) -> (Out, In) {
        let (producer, consumer) = RingBuffer::new(capacity);
        (Out(producer), In(consumer))
    }
}

impl Outlet for Out {
    #[inline(always)]
    fn send(&mut self, line: &Line) -> bool {
        self.0.push(Aligned(*line)).is_ok()
    }
}

impl Inlet for In {
    #[inline(always)]
    fn poll(&mut self) -> Option<Line> {
        self.0.pop().ok().map(|aligned| aligned.0)
    }
}

impl BatchOutlet for Out {
    #[inline(always)]
    fn send_run(&mut self, first: u64, most: usize) -> usize {
        let most = match self.0.write_chunk_uninit(most) {
            Ok(chunk) => {
                let lines = (first..).map(|number| Aligned(numbered(number)));
                return chunk.fill_from_iter(lines.take(most));
            }
            Err(ChunkError::TooFewSlots(0)) => return 0,
            Err(ChunkError::TooFewSlots(room)) => room,
        };
        let lines = (first..).map(|number| Aligned(numbered(number)));
        self.0.write_chunk_uninit(most).map_or(0, |chunk| chunk.fill_from_iter(lines.take(most)))
    }
}

impl BatchInlet for In {
    #[inline(always)]
    fn poll_run(&mut self, most: usize, mut next: impl FnMut(&Line)) -> usize {
        let most = match self.0.read_chunk(most) {
            Ok(_) => most,
            Err(ChunkError::TooFewSlots(0)) => return 0,
            Err(ChunkError::TooFewSlots(there)) => there,
        };
        let Ok(chunk) = self.0.read_chunk(most) else { return 0 };
        let (front, back) = chunk.as_slices();
        for line in front.iter().chain(back) {
            next(&line.0);
        }
        chunk.commit_all();
        most
    }
}
