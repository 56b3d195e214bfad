//! Bytes to events and back, pure: recordings, tapes, the control protocol.
