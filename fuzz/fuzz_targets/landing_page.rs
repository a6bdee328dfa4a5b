//! The landing page reader.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|html: &str| {
    let _ = offprint::internals::metadata::landing_page::read(html);
});
