//! The native competitors, one short file and one card each.
