//! Enumerations whose values are read from the command line and from files.

/// An enumeration whose values have names: one list for parsing, help and files.
pub trait NamedValues: Copy + PartialEq + Sized + 'static {
    /// The values with their names and a line of help.
    const VALUES: &'static [(Self, &'static str, &'static str)];

    /// Returns the name of a value.
    fn name(self) -> &'static str {
        Self::VALUES
            .iter()
            .find(|(value, _, _)| *value == self)
            .map_or("", |(_, name, _)| name)
    }

    /// Returns the value of a name.
    fn of_name(name: &str) -> Option<Self> {
        Self::VALUES
            .iter()
            .find(|(_, known, _)| *known == name)
            .map(|(value, _, _)| *value)
    }
}

/// Defines an enumeration with [`NamedValues`], `FromStr` and serde by the same names.
macro_rules! named_values {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$inner:meta])* $variant:ident = $text:literal, $help:literal;)+ }) => {
        $(#[$meta])*
        #[derive(serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $(#[doc = $help] $(#[$inner])* #[serde(rename = $text)] $variant,)+
        }

        impl $crate::export::NamedValues for $name {
            const VALUES: &'static [(Self, &'static str, &'static str)] =
                &[$((Self::$variant, $text, $help),)+];
        }

        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                use $crate::export::NamedValues as _;
                Self::of_name(text).ok_or_else(|| {
                    let names: Vec<&str> = Self::VALUES.iter().map(|(_, name, _)| *name).collect();
                    format!("unknown value {text:?}; expected one of {}", names.join(", "))
                })
            }
        }
    };
}
pub(crate) use named_values;
