//! Reports: one self-contained HTML page for each battle.
