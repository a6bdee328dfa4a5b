//! Metadata formats as received, one file each.

pub mod landing_page;
