//! Options of the MARC exporter.

use std::collections::BTreeMap;

use crate::export::named_values::named_values;

named_values! {
    /// The profile of the records: the system they are for.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum Profile {
        #[default]
        Generic = "generic", "Any catalog: a serial component part";
        Koha = "koha", "Koha: the same with an item type";
        VuFind = "vufind", "VuFind: an article";
    }
}

/// Options of the MARC exporter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MarcOptions {
    /// The profile of the records: the system they are for.
    pub profile: Profile,
    /// MARC code of the organisation whose control numbers these are: 003 and 040 $a $c.
    pub organization: Option<String>,
    /// Put before the article's id in 001.
    pub id_prefix: String,
    /// Control numbers of host records for 773 $w, by ISSN of the journal or name of the source.
    pub host_records: BTreeMap<String, String>,
}
