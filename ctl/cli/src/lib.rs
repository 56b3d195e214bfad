//! The ctl command line.
