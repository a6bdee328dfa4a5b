//! Reports: of a run, of a store.
