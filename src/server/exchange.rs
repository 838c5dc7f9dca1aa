//! Other data takes the place of what is there, without the process ending: those who call meanwhile are asked to wait,
//! and the instance is closed, its data exchanged, and an instance opened over what came.
//!
//! A process that ends within leaves it to the next start (`base/data_dir/exchange.rs`).

use std::time::Duration;

use serde_json::Value;

use super::{Opened, Running, close, open};
use crate::base::Result;
use crate::base::data_dir::Exchange;
use crate::kernel::backups::{self, Ready};

impl Running {
    /// Returns once data is prepared that is to take the place of what is there.
    pub async fn ready(&self) -> Ready {
        self.app.backups.ready().await
    }

    /// Exchanges the data and serves what came. When that can't be opened, all is as it was before; when that can't be
    /// either, this fails, and the server has to end.
    pub async fn exchange(&mut self, ready: Ready) -> Result<()> {
        let course = self.app.backups.going_back();
        tracing::info!(from = course.as_ref().map(|course| course.from.as_str()), "the data is exchanged");
        let grace: Duration = self.config.server.grace.into();
        self.door.shut(grace).await;
        self.upkeep.abort();
        close(&self.app, grace).await;
        let data = self.app.data.clone();
        data.exchange(&self.lock, &ready.exchange)?;
        let failure = match self.open_anew().await {
            Ok(opened) => return self.begin_anew(opened),
            Err(error) => error,
        };
        tracing::error!(error = %failure, "what was restored can't be served; what was there before comes back");
        let put_aside = backups::free_aside_name(&data, self.app.clock.now());
        let back = Exchange::new(&ready.exchange.goes_to, &put_aside.to_string(), None, Value::Null);
        data.exchange(&self.lock, &back)?;
        let opened = self.open_anew().await?;
        if let Some(course) = course {
            opened.app.backups.note_failure(course, &failure);
        }
        self.begin_anew(opened)
    }

    async fn open_anew(&self) -> Result<Opened> {
        open(self.config.clone(), self.app.data.clone(), self.app.clock.clone(), &self.features).await
    }

    fn begin_anew(&mut self, opened: Opened) -> Result<()> {
        (self.app, self.upkeep) = opened.begin()?;
        self.door.open(self.app.clone());
        Ok(())
    }
}
