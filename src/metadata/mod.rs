//! Metadata formats as received, one file each.
