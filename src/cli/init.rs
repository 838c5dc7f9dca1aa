//! `init`: a data directory and a configuration file to begin with.

use std::path::Path;

use serde_json::json;

use super::output::Output;
use crate::addons;
use crate::base::config::{Config, DEFAULTS};
use crate::base::data_dir::DataDir;
use crate::base::{Clock, Error, Result};
use crate::kernel::Kernel;

const FILE: &str = "steading.toml";

pub fn init(config: &Config, output: &Output) -> Result<()> {
    let data = DataDir::prepare(&config.server.data)?;
    let _lock = data.lock()?;
    let kernel = Kernel::open(config.clone(), data.clone(), Clock::System, &addons::features())?;
    kernel.db.close();
    let wrote = !Path::new(FILE).exists();
    if wrote {
        std::fs::write(FILE, written_with(&config.server.data)).map_err(|error| {
            Error::unavailable(format!("{FILE} can't be written here; check the directory.")).caused_by(error)
        })?;
    }
    let value = json!({ "data": data.path(), "config": FILE, "configWritten": wrote });
    output.show(&value, || {
        let file = if wrote {
            format!("{FILE} has every option.")
        } else {
            format!("{FILE} was there and is as it was.")
        };
        format!("{} is ready. {file}\nNext: steading --config {FILE} serve", data.path().display())
    });
    Ok(())
}

/// The complete configuration with this data directory.
fn written_with(data: &Path) -> String {
    DEFAULTS.replacen("data = \"./data\"", &format!("data = {:?}", data.display().to_string()), 1)
}
