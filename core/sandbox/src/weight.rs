//! What compiling a module may cost, estimated before it begins: a compiler cannot be interrupted.
//!
//! The compiler's time grows with the instructions, with the square of the places in one function
//! where control flow forks or meets, and most with loops inside loops: two thousand of them, in
//! six kilobytes, take seconds. The weights were fitted to some thirty kinds of bombs, so that one unit
//! is about a microsecond in the worst of them. [`crate::Limits::compile_weight_max`] bounds the sum.

use wasmparser::{FunctionBody, Operator, Result};

/// The estimate, function by function.
#[derive(Default)]
pub(crate) struct Weight {
    total: u64,
}

/// What one function has of each.
#[derive(Default)]
struct Shape {
    operators: u64,
    forks: u64,
    loops: u64,
    depth: u64,
    depth_max: u64,
}

impl Weight {
    /// Adds a function, which has been validated and is shorter than its limit: no sum overflows.
    pub(crate) fn add(&mut self, body: &FunctionBody<'_>) -> Result<()> {
        let mut shape = Shape::default();
        let mut operators = body.get_operators_reader()?;
        while !operators.eof() {
            shape.add(&operators.read()?);
        }
        let meetings = shape.forks * locals(body)? / 8;
        self.total = self.total.saturating_add(shape.weight()).saturating_add(meetings);
        Ok(())
    }

    /// The sum so far.
    pub(crate) fn total(&self) -> u64 {
        self.total
    }
}

impl Shape {
    fn add(&mut self, operator: &Operator<'_>) {
        self.operators += 1;
        match operator {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => {
                self.forks += 1;
                self.depth += 1;
                self.depth_max = self.depth_max.max(self.depth);
                self.loops += u64::from(matches!(operator, Operator::Loop { .. }));
            }
            Operator::End => self.depth = self.depth.saturating_sub(1),
            Operator::BrTable { targets } => self.forks += 1 + u64::from(targets.len()),
            // Copies and fills become loops that check the fuel.
            Operator::Else
            | Operator::Br { .. }
            | Operator::BrIf { .. }
            | Operator::MemoryFill { .. }
            | Operator::MemoryCopy { .. } => self.forks += 1,
            _ => {}
        }
    }

    fn weight(&self) -> u64 {
        let nested = self.loops * self.depth_max / 2 + self.forks * self.depth_max / 8;
        100 + 20 * self.operators + self.forks * self.forks / 16 + nested
    }
}

/// Locals that a body declares; its parameters are not among them.
pub(crate) fn locals(body: &FunctionBody<'_>) -> Result<u64> {
    let mut total = 0_u64;
    for group in body.get_locals_reader()? {
        total = total.saturating_add(group?.0.into());
    }
    Ok(total)
}
