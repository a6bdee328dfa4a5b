//! A serializer of JSON that looks at texts in blocks, for most have nothing to escape.
//!
//! It writes what `serde_json` writes, which looks at texts byte by byte; texts are most of an article.

use std::io::Write as _;

use serde::Serialize;
use serde::ser::{
    SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};
use serde_json::Error;

/// Bytes that are looked at in one go, without a branch for each.
const BLOCK: usize = 16;

/// Appends a value to a line.
pub(super) struct Writer<'a>(pub(super) &'a mut Vec<u8>);

/// Appends the values of a list or an object to a line.
pub(super) struct Items<'a> {
    line: &'a mut Vec<u8>,
    is_first: bool,
    /// Brackets that close it.
    end: &'static [u8],
}

impl<'a> Writer<'a> {
    /// A number, which is rare.
    fn number(self, value: impl Serialize) -> Result<(), Error> {
        serde_json::to_writer(self.0, &value)
    }

    fn begin(self, start: u8, end: &'static [u8]) -> Items<'a> {
        self.0.push(start);
        Items {
            line: self.0,
            is_first: true,
            end,
        }
    }

    /// Begins an object of one value, which is named after a variant.
    fn variant(self, name: &str) -> Self {
        self.0.push(b'{');
        push_text(self.0, name);
        self.0.push(b':');
        self
    }
}

impl Items<'_> {
    fn separate(&mut self) {
        if !self.is_first {
            self.line.push(b',');
        }
        self.is_first = false;
    }

    fn item(&mut self, value: &(impl Serialize + ?Sized)) -> Result<(), Error> {
        self.separate();
        value.serialize(Writer(self.line))
    }

    /// A field of a struct, whose name is one of Rust's and has nothing to escape.
    fn field(&mut self, key: &str, value: &(impl Serialize + ?Sized)) -> Result<(), Error> {
        debug_assert_eq!(plain_run(key.as_bytes()), key.len());
        let start: &[u8] = if self.is_first { b"\"" } else { b",\"" };
        self.is_first = false;
        self.line.extend_from_slice(start);
        self.line.extend_from_slice(key.as_bytes());
        self.line.extend_from_slice(b"\":");
        value.serialize(Writer(self.line))
    }

    fn close(self) {
        self.line.extend_from_slice(self.end);
    }
}

fn push_text(line: &mut Vec<u8>, text: &str) {
    line.reserve(text.len() + 2);
    line.push(b'"');
    let mut rest = text.as_bytes();
    loop {
        let (run, behind) = rest.split_at(plain_run(rest));
        line.extend_from_slice(run);
        let Some((byte, behind)) = behind.split_first() else {
            break;
        };
        push_escape(line, *byte);
        rest = behind;
    }
    line.push(b'"');
}

/// RFC 8259, section 7, in the short form where there is one.
fn push_escape(line: &mut Vec<u8>, byte: u8) {
    let short = match byte {
        b'"' | b'\\' => byte,
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        0x08 => b'b',
        0x0C => b'f',
        _ => {
            // a vector takes all that is written to it
            let _ = write!(line, "\\u{byte:04x}");
            return;
        }
    };
    line.extend_from_slice(&[b'\\', short]);
}

/// Length of the beginning of a text that has nothing to escape.
fn plain_run(text: &[u8]) -> usize {
    let (blocks, _) = text.as_chunks::<BLOCK>();
    let is_plain_block =
        |block: &&[u8; BLOCK]| block.iter().fold(true, |all, byte| all & is_plain(*byte));
    let start = blocks.iter().take_while(is_plain_block).count() * BLOCK;
    let rest = text[start..].iter();
    start + rest.take_while(|byte| PLAIN[usize::from(**byte)]).count()
}

const fn is_plain(byte: u8) -> bool {
    byte >= b' ' && byte != b'"' && byte != b'\\'
}

/// The same for each byte: what is left of a text behind its blocks is looked up.
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0_u8;
    // the last byte is in no text
    while byte < u8::MAX {
        plain[byte as usize] = is_plain(byte);
        byte += 1;
    }
    plain
};

/// Methods for numbers.
macro_rules! numbers {
    ($($name:ident: $number:ty),*) => {
        $(
            fn $name(self, value: $number) -> Result<(), Error> {
                self.number(value)
            }
        )*
    };
}

impl<'a> Serializer for Writer<'a> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Items<'a>;
    type SerializeTuple = Items<'a>;
    type SerializeTupleStruct = Items<'a>;
    type SerializeTupleVariant = Items<'a>;
    type SerializeMap = Items<'a>;
    type SerializeStruct = Items<'a>;
    type SerializeStructVariant = Items<'a>;

    numbers!(
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_i128: i128,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_u128: u128,
        serialize_f32: f32, serialize_f64: f64
    );

    fn serialize_bool(self, value: bool) -> Result<(), Error> {
        self.0
            .extend_from_slice(if value { b"true" } else { b"false" });
        Ok(())
    }

    fn serialize_char(self, value: char) -> Result<(), Error> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<(), Error> {
        push_text(self.0, value);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_none(self) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Error> {
        self.0.extend_from_slice(b"null");
        Ok(())
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<(), Error> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        let Self(line) = self.variant(variant);
        value.serialize(Writer(line))?;
        line.push(b'}');
        Ok(())
    }

    fn serialize_seq(self, _len: Option<usize>) -> Result<Items<'a>, Error> {
        Ok(self.begin(b'[', b"]"))
    }

    fn serialize_tuple(self, _len: usize) -> Result<Items<'a>, Error> {
        Ok(self.begin(b'[', b"]"))
    }

    fn serialize_tuple_struct(self, _name: &'static str, _len: usize) -> Result<Items<'a>, Error> {
        Ok(self.begin(b'[', b"]"))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<Items<'a>, Error> {
        Ok(self.variant(variant).begin(b'[', b"]}"))
    }

    fn serialize_map(self, _len: Option<usize>) -> Result<Items<'a>, Error> {
        Ok(self.begin(b'{', b"}"))
    }

    fn serialize_struct(self, _name: &'static str, _len: usize) -> Result<Items<'a>, Error> {
        Ok(self.begin(b'{', b"}"))
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<Items<'a>, Error> {
        Ok(self.variant(variant).begin(b'{', b"}}"))
    }
}

/// The lists of the trait's four kinds, which JSON has one of.
macro_rules! lists {
    ($($kind:ident: $method:ident),*) => {
        $(
            impl $kind for Items<'_> {
                type Ok = ();
                type Error = Error;

                fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
                    self.item(value)
                }

                fn end(self) -> Result<(), Error> {
                    self.close();
                    Ok(())
                }
            }
        )*
    };
}

lists!(
    SerializeSeq: serialize_element,
    SerializeTuple: serialize_element,
    SerializeTupleStruct: serialize_field,
    SerializeTupleVariant: serialize_field
);

/// The objects with known fields.
macro_rules! objects {
    ($($kind:ident),*) => {
        $(
            impl $kind for Items<'_> {
                type Ok = ();
                type Error = Error;

                fn serialize_field<T: Serialize + ?Sized>(
                    &mut self,
                    key: &'static str,
                    value: &T,
                ) -> Result<(), Error> {
                    self.field(key, value)
                }

                fn end(self) -> Result<(), Error> {
                    self.close();
                    Ok(())
                }
            }
        )*
    };
}

objects!(SerializeStruct, SerializeStructVariant);

impl SerializeMap for Items<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.separate();
        let start = self.line.len();
        key.serialize(Writer(self.line))?;
        // a number as a key is a text
        if self.line.get(start) != Some(&b'"') {
            self.line.insert(start, b'"');
            self.line.push(b'"');
        }
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.line.push(b':');
        value.serialize(Writer(self.line))
    }

    fn end(self) -> Result<(), Error> {
        self.close();
        Ok(())
    }
}
