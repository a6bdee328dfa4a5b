//! The types that go into the store and come out of it, by subject.

mod ids;
mod insight;
mod item;
mod manage;
mod page;
mod source;

use chrono::{DateTime, Utc};

pub use ids::*;
pub use insight::*;
pub use item::*;
pub use manage::*;
pub use page::*;
pub use source::*;

/// Times in the store are whole microseconds UTC.
pub type Time = DateTime<Utc>;
