//! The routes over queues.

use super::{QueuesRead, QueuesWrite};
use crate::http::{App, Can, Created, Deleted, Input, Path, Reply, Route, Shown};
use crate::kernel::jobs::{self, NewQueue, Queue, QueueChange, QueueName};
use crate::route;

pub static ROUTES: &[Route] = &[
    route!(GET    "/api/queues",        QueuesRead,  list,   "The queues that have settings of their own"),
    route!(POST   "/api/queues",        QueuesWrite, create, "Make a queue with settings of its own"),
    route!(PATCH  "/api/queues/{name}", QueuesWrite, change, "Limit, pause or resume a queue"),
    route!(DELETE "/api/queues/{name}", QueuesWrite, delete, "Give a queue the defaults again"),
];

async fn list(who: Can<QueuesRead>, app: App) -> Reply<Shown<Vec<Queue>>> {
    Ok(Shown(app.db.read(&who, jobs::list_queues).await?))
}

async fn create(who: Can<QueuesWrite>, Input(new): Input<NewQueue>, app: App) -> Reply<Created<Queue>> {
    let (now, by) = (app.clock.now(), who.hand(&app));
    app.write(&who, move |tx| jobs::put_queue(tx, &by, &new, now).map(Created)).await
}

async fn change(
    who: Can<QueuesWrite>,
    Path(name): Path<QueueName>,
    Input(change): Input<QueueChange>,
    app: App,
) -> Reply<Shown<Queue>> {
    let (now, by) = (app.clock.now(), who.hand(&app));
    app.write(&who, move |tx| jobs::change_queue(tx, &by, &name, &change, now).map(Shown)).await
}

async fn delete(who: Can<QueuesWrite>, Path(name): Path<QueueName>, app: App) -> Reply<Deleted> {
    let (now, by) = (app.clock.now(), who.hand(&app));
    app.write(&who, move |tx| jobs::delete_queue(tx, &by, &name, now).map(|()| Deleted::of(&name))).await
}
