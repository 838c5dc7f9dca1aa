//! What is promised, one small function each: asked of every change that the engine writes, of every
//! attempt that begins, and of what is left in the end. None of them uses the engine's own decisions.

pub(super) mod deliveries;
pub(super) mod jobs;
pub(super) mod lull;
pub(super) mod schedules;
pub(super) mod standing;
pub(super) mod tenants;
pub(super) mod work;
