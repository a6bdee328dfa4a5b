//! Statements as data: values that go in and rows that come out, the same for both engines.
//!
//! SQL text is shared as well: SQLite reads `$1` as PostgreSQL does. Where the two differ, [`Dialect::pick`] shows both
//! texts side by side.

use bytes::Bytes;

use super::convert::{int, json, time};
use super::fault::{Fault, Result};
use super::types::{
    ExportId, FormatNo, GapNo, ItemKey, ItemNo, ItemRef, ListNo, PageNo, RunNo, SourceId, StreamNo,
    Time, WindowNo,
};

/// Which SQL a session speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    #[cfg(feature = "postgres")]
    Postgres,
}

impl Dialect {
    /// Returns the text for this dialect.
    #[cfg_attr(
        not(feature = "postgres"),
        expect(unused_variables, reason = "a build with one engine has one dialect")
    )]
    pub fn pick<T>(self, sqlite: T, postgres: T) -> T {
        match self {
            Self::Sqlite => sqlite,
            #[cfg(feature = "postgres")]
            Self::Postgres => postgres,
        }
    }

    /// A table `u` with one column: the numbers of a [`Value::Ints`].
    pub fn numbers(self, parameter: &str, column: &str) -> String {
        self.pick(
            format!("(SELECT value AS {column} FROM json_each({parameter})) u"),
            format!("unnest({parameter}::bigint[]) u ({column})"),
        )
    }

    /// A table of the elements of a JSON array; the text of the first is `value ->> 0` where elements are arrays.
    pub fn json_rows(self, array: &str) -> String {
        self.pick(
            format!("json_each({array})"),
            format!("json_array_elements(CAST({array} AS json))"),
        )
    }

    /// A table `u (identifier, hash, n)` of the identifiers in a parameter made by [`identifiers`].
    pub fn identifier_rows(self, parameter: &str) -> String {
        let columns = "value ->> 0 AS identifier, CAST(value ->> 1 AS BIGINT) AS hash";
        self.pick(
            format!("(SELECT {columns}, key AS n FROM json_each({parameter})) u"),
            format!(
                "(SELECT {columns}, n FROM json_array_elements(CAST({parameter} AS json))
                  WITH ORDINALITY j (value, n)) u"
            ),
        )
    }

    /// The join of a list in a parameter with a table in which each of its rows is looked up. SQLite would go through
    /// the table instead, and through the list for each of its rows, for it cannot know that the list is the shorter.
    pub fn lookup_join(self) -> &'static str {
        self.pick("CROSS JOIN", "JOIN")
    }

    /// Locks the rows that a SELECT reads until the transaction ends; SQLite has one writer anyway.
    pub fn for_update(self) -> &'static str {
        self.pick("", " FOR NO KEY UPDATE")
    }
}

/// Returns the hash by which an identifier is looked up, beside its full text.
pub(super) fn identifier_hash(identifier: &str) -> i64 {
    xxhash_rust::xxh3::xxh3_64(identifier.as_bytes()).cast_signed()
}

/// Makes a parameter for [`Dialect::identifier_rows`].
pub(super) fn identifiers<'a>(identifiers: impl Iterator<Item = &'a str>) -> Result<Value> {
    let pairs: Vec<(&str, i64)> = identifiers
        .map(|identifier| (identifier, identifier_hash(identifier)))
        .collect();
    Ok(Value::Text(json(&pairs)?))
}

/// A value that goes into a statement, or a column of a row as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Bytes),
    /// A list of whole numbers. [`Dialect::numbers`] makes a table of it.
    Ints(Vec<i64>),
    /// A list of byte strings, for PostgreSQL only.
    ByteLists(Vec<Bytes>),
}

macro_rules! values {
    ($($value:expr),* $(,)?) => {
        [$($crate::store::query::Value::from($value)),*]
    };
}
pub(super) use values;

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<usize> for Value {
    fn from(value: usize) -> Self {
        Self::Int(int(value))
    }
}

impl From<Time> for Value {
    fn from(value: Time) -> Self {
        Self::Int(super::convert::micros(value))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<&String> for Value {
    fn from(value: &String) -> Self {
        Self::Text(value.clone())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<Bytes> for Value {
    fn from(value: Bytes) -> Self {
        Self::Bytes(value)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<'a> From<&'a Option<String>> for Value {
    fn from(value: &'a Option<String>) -> Self {
        value.as_deref().into()
    }
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        use rusqlite::types::{ToSqlOutput, ValueRef};
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Ints(numbers) => {
                let list = serde_json::to_string(numbers);
                let list = list.map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()))?;
                return Ok(list.into());
            }
            Self::ByteLists(_) => {
                let error = "SQLite has no lists of bytes";
                return Err(rusqlite::Error::ToSqlConversionFailure(error.into()));
            }
            Self::Null => ValueRef::Null,
            Self::Bool(value) => ValueRef::Integer(i64::from(*value)),
            Self::Int(value) => ValueRef::Integer(*value),
            Self::Text(value) => ValueRef::Text(value.as_bytes()),
            Self::Bytes(value) => ValueRef::Blob(value),
        }))
    }
}

#[cfg(feature = "postgres")]
impl tokio_postgres::types::ToSql for Value {
    fn to_sql(
        &self,
        ty: &tokio_postgres::types::Type,
        out: &mut bytes::BytesMut,
    ) -> std::result::Result<tokio_postgres::types::IsNull, Box<dyn std::error::Error + Sync + Send>>
    {
        use tokio_postgres::types::{IsNull, Type};
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Bool(value) if *ty == Type::BOOL => value.to_sql(ty, out),
            Self::Bool(value) => i64::from(*value).to_sql(ty, out),
            Self::Int(value) if *ty == Type::INT4 => i32::try_from(*value)?.to_sql(ty, out),
            Self::Int(value) if *ty == Type::BOOL => (*value != 0).to_sql(ty, out),
            Self::Int(value) => value.to_sql(ty, out),
            Self::Text(value) => value.to_sql(ty, out),
            Self::Bytes(value) => (&**value).to_sql(ty, out),
            Self::Ints(values) => values.to_sql(ty, out),
            Self::ByteLists(values) => {
                let values: Vec<&[u8]> = values.iter().map(|value| &**value).collect();
                values.to_sql(ty, out)
            }
        }
    }

    fn accepts(_: &tokio_postgres::types::Type) -> bool {
        true
    }

    tokio_postgres::types::to_sql_checked!();
}

/// A row of an answer, whichever engine gives it.
pub trait Row {
    /// Returns the number of columns.
    fn columns(&self) -> usize;

    /// A whole number or yes (1) or no (0).
    fn int(&self, at: usize) -> Result<Option<i64>>;

    /// Text.
    fn text(&self, at: usize) -> Result<Option<&str>>;

    /// Bytes.
    fn bytes(&self, at: usize) -> Result<Option<&[u8]>>;
}

impl dyn Row + '_ {
    /// Reads a column.
    pub fn get<T: Column>(&self, at: usize) -> Result<T> {
        T::read(self, at)
    }

    /// Reads a column of text without copying it.
    pub fn str(&self, at: usize) -> Result<&str> {
        self.text(at)?.ok_or_else(|| missing(at))
    }
}

fn missing(at: usize) -> Fault {
    Fault::damaged(format!("column {at} of a row is empty"))
}

/// A type that a column can be read as.
pub trait Column: Sized {
    /// Reads it.
    fn read(row: &dyn Row, at: usize) -> Result<Self>;
}

impl Column for Option<i64> {
    fn read(row: &dyn Row, at: usize) -> Result<Self> {
        row.int(at)
    }
}

impl Column for i64 {
    fn read(row: &dyn Row, at: usize) -> Result<Self> {
        row.int(at)?.ok_or_else(|| missing(at))
    }
}

/// A count or length; never negative.
impl Column for u64 {
    fn read(row: &dyn Row, at: usize) -> Result<Self> {
        Ok(super::convert::count(row.get(at)?))
    }
}

impl Column for u16 {
    fn read(row: &dyn Row, at: usize) -> Result<Self> {
        let value: i64 = row.get(at)?;
        Self::try_from(value).map_err(|_| Fault::damaged(format!("{value} is out of range")))
    }
}

impl Column for bool {
    fn read(row: &dyn Row, at: usize) -> Result<Self> {
        Ok(row.get::<i64>(at)? != 0)
    }
}

impl Column for Option<String> {
    fn read(row: &dyn Row, at: usize) -> Result<Self> {
        Ok(row.text(at)?.map(str::to_owned))
    }
}

impl Column for String {
    fn read(row: &dyn Row, at: usize) -> Result<Self> {
        Ok(row.str(at)?.to_owned())
    }
}

impl Column for Time {
    fn read(row: &dyn Row, at: usize) -> Result<Self> {
        Ok(time(row.get(at)?)?)
    }
}

impl Column for Option<Time> {
    fn read(row: &dyn Row, at: usize) -> Result<Self> {
        Ok(row.int(at)?.map(time).transpose()?)
    }
}

macro_rules! number_columns {
    ($($name:ident)+) => {$(
        impl Column for $name {
            fn read(row: &dyn Row, at: usize) -> Result<Self> {
                row.get(at).map(Self)
            }
        }

        impl Column for Option<$name> {
            fn read(row: &dyn Row, at: usize) -> Result<Self> {
                Ok(row.int(at)?.map($name))
            }
        }

        impl From<$name> for Value {
            fn from(value: $name) -> Self {
                Self::Int(value.0)
            }
        }
    )+};
}

number_columns!(SourceId StreamNo FormatNo WindowNo ListNo GapNo PageNo ItemNo RunNo ExportId);

/// A type that a row can be read as.
pub trait FromRow: Sized {
    /// Reads it.
    fn from_row(row: &dyn Row) -> Result<Self>;
}

impl<A: Column> FromRow for (A,) {
    fn from_row(row: &dyn Row) -> Result<Self> {
        Ok((row.get(0)?,))
    }
}

impl<A: Column, B: Column> FromRow for (A, B) {
    fn from_row(row: &dyn Row) -> Result<Self> {
        Ok((row.get(0)?, row.get(1)?))
    }
}

impl<A: Column, B: Column, C: Column> FromRow for (A, B, C) {
    fn from_row(row: &dyn Row) -> Result<Self> {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    }
}

impl FromRow for ItemKey {
    fn from_row(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            source_id: row.get(0)?,
            item_no: row.get(1)?,
        })
    }
}

impl FromRow for ItemRef {
    fn from_row(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            item_no: row.get(0)?,
            identifier: row.get(1)?,
        })
    }
}
