//! The routes over accounts.

use std::sync::Arc;

use super::model::{AccountList, Position};
use super::{AccountsRead, AccountsWrite};
use crate::base::text::fold_case;
use crate::http::{App, Can, Created, Input, Page, Query, Reply, Route};
use crate::kernel::identity::{self, NewAccount, User};
use crate::route;

pub static ROUTES: &[Route] = &[
    route!(POST "/api/accounts", AccountsWrite, create, "Make an account"),
    route!(GET  "/api/accounts", AccountsRead,  list,   "List accounts by e-mail address"),
];

async fn create(who: Can<AccountsWrite>, Input(new): Input<NewAccount>, app: App) -> Reply<Created<User>> {
    if new.owner {
        who.grantor().must_hold_all()?;
    }
    let (now, kernel, by) = (app.clock.now(), Arc::clone(app.kernel()), who.who.clone());
    app.write(&who, move |tx| kernel.identity.create_account(tx, &by, &new, now).map(Created)).await
}

async fn list(who: Can<AccountsRead>, Query(query): Query<AccountList>, app: App) -> Reply<Page<User>> {
    let limit = query.limit;
    let found = app
        .db
        .read(&who, move |tx| match &query.email {
            Some(email) => Ok(identity::find_user_by_email(tx, email)?.into_iter().collect()),
            None => {
                let after = query.cursor.as_ref().map(|cursor| cursor.email_key.as_str());
                identity::list_users(tx, after, limit.and_one())
            }
        })
        .await?;
    Ok(Page::of(found, limit.get(), |last| Position { email_key: fold_case(&last.email) })?)
}
