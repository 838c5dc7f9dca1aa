//! The authorizer: asked by the engine, while it prepares a statement, about every table, column
//! and function in it. What is not allowed here by name is refused.

use std::collections::HashSet;
use std::sync::Arc;

use rusqlite::Connection;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

use super::tables::{APPEND_ONLY, TenantTable, names_in_schema};
use crate::base::Result;
use crate::base::db::failure::explain;
use crate::base::db::session::{Shared, Voice};

/// The functions that a tenant's statements may call. None reads a file, the schema, or what another
/// statement did. Some can make a large value from small ones; the limit on lengths stops those.
const FUNCTIONS: &[&str] = &[
    "abs",
    "avg",
    "ceil",
    "coalesce",
    "concat",
    "concat_ws",
    "count",
    "cume_dist",
    "current_tenant",
    "date",
    "datetime",
    "dense_rank",
    "first_value",
    "floor",
    "format",
    "glob",
    "group_concat",
    "hex",
    "ifnull",
    "iif",
    "instr",
    "json",
    "json_array",
    "json_array_length",
    "json_each",
    "json_extract",
    "json_group_array",
    "json_group_object",
    "json_insert",
    "json_object",
    "json_patch",
    "json_remove",
    "json_replace",
    "json_set",
    "json_tree",
    "json_type",
    "json_valid",
    "lag",
    "last_value",
    "lead",
    "length",
    "like",
    "likelihood",
    "likely",
    "lower",
    "ltrim",
    "max",
    "min",
    "nth_value",
    "ntile",
    "nullif",
    "octet_length",
    "percent_rank",
    "printf",
    "quote",
    "rank",
    "replace",
    "round",
    "row_number",
    "rtrim",
    "sign",
    "strftime",
    "string_agg",
    "substr",
    "substring",
    "sum",
    "time",
    "total",
    "trim",
    "trunc",
    "typeof",
    "unhex",
    "unicode",
    "unixepoch",
    "unlikely",
    "upper",
    "->",
    "->>",
];

/// Puts the authorizer before the connection. It is installed once and never exchanged: a new one
/// would expire every prepared statement.
pub fn install_authorizer(
    conn: &mut Connection,
    tables: &[TenantTable],
    secret: &str,
    shared: Arc<Shared>,
) -> Result<()> {
    let rules = Rules::new(tables, names_in_schema(conn)?, secret);
    let decide = move |question: AuthContext<'_>| {
        let allowed = match shared.voice() {
            Voice::Store => true,
            Voice::System => system_may(&question.action),
            Voice::Tenant => rules.tenant_may(&question),
        };
        if allowed { Authorization::Allow } else { Authorization::Deny }
    };
    conn.authorizer(Some(decide)).map_err(explain)
}

/// The kernel reads and writes every table, and leaves the schema and the transaction alone. What is
/// only ever added to it can prune, and never change.
fn system_may(action: &AuthAction<'_>) -> bool {
    match action {
        AuthAction::Select
        | AuthAction::Recursive
        | AuthAction::Read { .. }
        | AuthAction::Insert { .. }
        | AuthAction::Delete { .. } => true,
        AuthAction::Update { table_name, .. } => !table_name.eq_ignore_ascii_case(APPEND_ONLY),
        AuthAction::Function { function_name } => !function_name.eq_ignore_ascii_case("load_extension"),
        _ => false,
    }
}

struct Rules {
    views: HashSet<String>,
    bases: HashSet<String>,
    /// Every name of the main schema, in lower case, as statements may write it in any case.
    real: HashSet<String>,
    functions: HashSet<&'static str>,
    reader: String,
    writers: [String; 3],
}

impl Rules {
    fn new(tables: &[TenantTable], real: Vec<String>, secret: &str) -> Self {
        Self {
            views: tables.iter().map(|table| table.view.clone()).collect(),
            bases: tables.iter().map(|table| table.base.clone()).collect(),
            real: real.into_iter().map(|name| name.to_ascii_lowercase()).collect(),
            functions: FUNCTIONS.iter().copied().collect(),
            reader: format!("read_{secret}_"),
            writers: ["insert", "update", "delete"].map(|verb| format!("{verb}_{secret}_")),
        }
    }

    fn tenant_may(&self, question: &AuthContext<'_>) -> bool {
        match &question.action {
            AuthAction::Select | AuthAction::Recursive => true,
            AuthAction::Function { function_name } => {
                self.functions.contains(function_name.to_ascii_lowercase().as_str())
            }
            AuthAction::Read { table_name, column_name } => self.may_read(question, table_name, column_name),
            AuthAction::Insert { table_name }
            | AuthAction::Delete { table_name }
            | AuthAction::Update { table_name, .. } => self.may_write(question, table_name),
            _ => false,
        }
    }

    fn may_read(&self, question: &AuthContext<'_>, table: &str, column: &str) -> bool {
        if self.is_real(table) {
            // A foreign key looks up the number of its tenant, and does so in the trigger's name.
            let is_tenant_number = table == "tenants" && column == "number";
            let in_main = question.database_name == Some("main");
            return in_main
                && match self.bases.contains(table) {
                    true => self.is_reader(question.accessor) || self.is_writer(question.accessor),
                    false => is_tenant_number && self.is_writer(question.accessor),
                };
        }
        let in_temp = matches!(question.database_name, Some("temp") | None);
        let is_view = self.views.contains(table) || table.starts_with(&self.reader);
        let is_json = matches!(table, "json_each" | "json_tree");
        let is_subquery = question.database_name.is_none() && column.is_empty();
        (is_view && in_temp) || is_json || is_subquery
    }

    fn may_write(&self, question: &AuthContext<'_>, table: &str) -> bool {
        match question.database_name {
            Some("temp") => self.views.contains(table) && question.accessor.is_none(),
            Some("main") => self.bases.contains(table) && self.is_writer(question.accessor),
            _ => false,
        }
    }

    /// A table that lies in the file, or one that the engine makes up to show its insides.
    fn is_real(&self, table: &str) -> bool {
        let table = table.to_ascii_lowercase();
        self.real.contains(&table)
            || ["sqlite_", "pragma_", "dbstat", "bytecode", "tables_used"]
                .iter()
                .any(|made| table.starts_with(made))
    }

    fn is_reader(&self, accessor: Option<&str>) -> bool {
        accessor.is_some_and(|name| name.starts_with(&self.reader))
    }

    fn is_writer(&self, accessor: Option<&str>) -> bool {
        accessor.is_some_and(|name| self.writers.iter().any(|writer| name.starts_with(writer)))
    }
}
