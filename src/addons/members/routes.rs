//! The routes over members. A path names a member by the id of his account.

use std::sync::Arc;

use super::model::{MemberList, People, PersonNamed, Position};
use super::{MembersRead, MembersWrite, PeopleRead};
use crate::base::{Error, Id, Result};
use crate::http::{App, Can, Created, Deleted, Input, Page, Path, Query, Reply, Route, Shown};
use crate::kernel::identity::{self, Member, MemberChange, NewMember, User};
use crate::route;

pub static ROUTES: &[Route] = &[
    route!(POST   "/api/members",      MembersWrite, admit,  "Make an account a member"),
    route!(GET    "/api/members",      MembersRead,  list,   "List members"),
    route!(GET    "/api/members/{id}", MembersRead,  show,   "One member"),
    route!(PATCH  "/api/members/{id}", MembersWrite, change, "Give a member another role"),
    route!(DELETE "/api/members/{id}", MembersWrite, remove, "Remove a member; the account stays"),
    route!(GET    "/api/people",       PeopleRead,   name_people, "What members and users are called, by their ids"),
];

async fn admit(who: Can<MembersWrite>, Input(new): Input<NewMember>, app: App) -> Reply<Created<Member>> {
    let (now, by, kernel) = (app.clock.now(), who.grantor(), Arc::clone(app.kernel()));
    app.write(&who, move |tx| identity::admit_member(tx, &kernel.identity, &by, &new, now).map(Created)).await
}

async fn list(who: Can<MembersRead>, Query(query): Query<MemberList>, app: App) -> Reply<Page<Member>> {
    let after = query.cursor.as_ref().map(|cursor| cursor.id);
    let found = app.list_members(&who.tenant, after, query.limit.and_one()).await?;
    Ok(Page::of(found, query.limit.get(), |last| Position { id: last.account_id })?)
}

async fn show(who: Can<MembersRead>, Path(id): Path<Id<User>>, app: App) -> Reply<Shown<Member>> {
    let found = app.find_member(&who.tenant, id)?;
    Ok(Shown(found.ok_or_else(|| Error::not_found("member"))?))
}

async fn change(
    who: Can<MembersWrite>,
    Path(id): Path<Id<User>>,
    Input(change): Input<MemberChange>,
    app: App,
) -> Reply<Shown<Member>> {
    let (now, by, kernel) = (app.clock.now(), who.grantor(), Arc::clone(app.kernel()));
    app.write(&who, move |tx| identity::change_member(tx, &kernel.identity, &by, id, &change, now).map(Shown))
        .await
}

async fn remove(who: Can<MembersWrite>, Path(id): Path<Id<User>>, app: App) -> Reply<Deleted> {
    let (now, by, kernel) = (app.clock.now(), who.grantor(), Arc::clone(app.kernel()));
    app.write(&who, move |tx| {
        identity::remove_member(tx, &kernel.identity, &by, id, now).map(|()| Deleted::of(id))
    })
    .await
}

/// Those who are not here, or not any more, are left out.
async fn name_people(
    who: Can<PeopleRead>,
    Query(people): Query<People>,
    app: App,
) -> Reply<Shown<Vec<PersonNamed>>> {
    let name = |id: Id<User>| {
        if let Some(member) = app.find_member(&who.tenant, id)? {
            return Ok(Some(PersonNamed { id, name: member.name, email: member.email }));
        }
        let user = app.find_tenant_user(&who.tenant, id)?.map(|found| found.user);
        Ok(user.map(|user| PersonNamed { id, name: user.name, email: user.email }))
    };
    let named: Result<Vec<Option<PersonNamed>>> = people.ids.0.iter().map(|id| name(*id)).collect();
    Ok(Shown(named?.into_iter().flatten().collect()))
}
