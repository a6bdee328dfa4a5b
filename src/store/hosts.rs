//! Hosts, which limits and leases belong to.

use super::fault::Result;
use super::query::values;
use super::session::Session;

/// The number of a host, which is made when it is new.
pub(super) async fn host_id(session: &dyn Session, name: &str) -> Result<i64> {
    const FIND: &str = "SELECT host_id FROM host WHERE name = $1";
    if let Some(host_id) = session.find(FIND, &values![name]).await? {
        return Ok(host_id);
    }
    let sql = "INSERT INTO host (name) VALUES ($1) ON CONFLICT (name) DO NOTHING";
    session.run(sql, &values![name]).await?;
    session.value(FIND, &values![name]).await
}
