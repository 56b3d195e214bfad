//! What compiling a module may cost, estimated before it begins: a compiler cannot be interrupted.
//!
//! The compiler's time grows with the instructions, and with what is alive where control flow
//! meets: locals × labels. One unit is about a microsecond of a slow case, measured; the sum is held against
//! [`crate::Limits::compile_weight_max`].

use wasmparser::{FunctionBody, Operator, Result};

/// The estimate, function by function.
#[derive(Default)]
pub(crate) struct Weight {
    total: u64,
}

impl Weight {
    /// Adds a function, which has been validated.
    pub(crate) fn add(&mut self, body: &FunctionBody<'_>) -> Result<()> {
        let locals = locals(body)?;
        let mut operators = body.get_operators_reader()?;
        let (mut plain, mut labels) = (0_u64, 0_u64);
        while !operators.eof() {
            match operators.read()? {
                Operator::BrTable { targets } => {
                    labels = labels.saturating_add(u64::from(targets.len()) + 1);
                }
                Operator::Block { .. }
                | Operator::Loop { .. }
                | Operator::If { .. }
                | Operator::Else
                | Operator::Br { .. }
                | Operator::BrIf { .. } => labels += 1,
                _ => plain += 1,
            }
        }
        let meetings = labels.saturating_mul(locals + 1);
        self.total = self.total.saturating_add(plain).saturating_add(meetings).saturating_add(50);
        Ok(())
    }

    /// The sum so far.
    pub(crate) fn total(&self) -> u64 {
        self.total
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
