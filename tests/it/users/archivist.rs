//! An archivist with twelve journals: snapshots that can be verified and read back.
