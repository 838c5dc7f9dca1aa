//! What a statement changed, taken into the book row by row; each change is asked whether it may be.

use super::*;

impl Book {
    pub(super) fn changed(&mut self, statement: &'static str, touched: Touched) {
        let mut moved = Vec::new();
        for (table, place, cells) in touched {
            match table {
                "jobs_all" => {
                    if let Some((key, before)) = self.jobs.take(place, cells) {
                        let after = self.jobs.get(&key).cloned();
                        moved.push((key, Change { before, after }));
                    }
                }
                "job_counts_all" => {
                    if let Some(((lane, _), _)) = self.counts.take(place, cells) {
                        self.piece.lanes.insert(lane);
                    }
                }
                "job_queues_all" => drop(self.queues.take(place, cells)),
                "events_all" => {
                    if let Some((key, before)) = self.events.take(place, cells) {
                        self.piece.events.insert(key);
                        if before.is_none() {
                            self.piece.new_events.insert(key);
                        }
                    }
                }
                "deliveries_all" => {
                    if let Some((key, before)) = self.deliveries.take(place, cells) {
                        self.delivery_changed(key, before);
                    }
                }
                "subscriptions_all" => {
                    if let Some((key, before)) = self.subscriptions.take(place, cells) {
                        self.subscription_changed(key, before);
                    }
                }
                "dead_letter_groups_all" => {
                    if let Some(((tenant, _), _)) = self.groups.take(place, cells) {
                        self.piece.letters_of.insert(tenant);
                    }
                }
                "schedules_all" => {
                    if let Some((key, Some(before))) = self.schedules.take(place, cells)
                        && statement == "advance_schedule"
                    {
                        self.piece.advanced.entry(key).or_insert(before);
                    }
                }
                "schedule_firings_all" => {
                    if let Some((key, before)) = self.firings.take(place, cells)
                        && before.is_none()
                        && !key.2
                    {
                        self.piece.fired.push((key.0, key.1));
                    }
                }
                _ => {
                    if let Some((tenant, _)) = self.tenants.take(place, cells) {
                        self.piece.tenants.insert(tenant);
                    }
                }
            }
        }
        for (key, change) in &moved {
            self.job_changed(statement, *key, change);
        }
        if statement == "claim_jobs" {
            promise!(self, jobs::a_claim_takes_those_that_come_first(self, &moved));
        }
    }

    fn job_changed(&mut self, statement: &'static str, key: Key, change: &Change<JobRow>) {
        if change.before == change.after {
            return;
        }
        if statement == "erase_some" {
            promise!(self, tenants::only_who_is_deleted_is_erased(self, change.before.as_ref()));
            return;
        }
        self.piece.jobs.insert(key);
        for row in [&change.before, &change.after].into_iter().flatten() {
            self.piece.lanes.insert(row.lane());
        }
        promise!(self, jobs::no_lease_is_longer_than_it_may(self, statement, key, change));
        promise!(self, jobs::a_job_goes_the_ways_that_are_drawn(statement, key, change));
        promise!(self, jobs::a_claim_raises_lease_and_attempt_by_one(statement, key, change));
        promise!(self, jobs::who_ended_runs_again_only_by_hand(statement, key, change));
        promise!(self, jobs::nothing_begins_before_its_time(self, statement, key, change));
        promise!(self, jobs::a_retry_waits_at_least_its_backoff(self, key, change));
        promise!(self, jobs::attempts_that_are_used_up_end_in_a_dead_letter(self, statement, key, change));
        promise!(self, jobs::who_was_cancelled_is_not_tried_again(statement, key, change));
        promise!(self, jobs::nothing_is_claimed_in_a_pause(self, key, change));
        promise!(self, jobs::nothing_of_a_suspended_tenant_is_claimed(self, key, change));
        promise!(self, jobs::nothing_of_another_tenant_is_touched(self, key, change));
        promise!(self, jobs::nothing_goes_that_is_not_over_for_long(self, key, change));
        promise!(self, jobs::an_attempt_ends_once(self, statement, key, change));
        promise!(self, jobs::nobody_ends_the_attempt_of_another(self, statement, key, change));
        self.note_job(statement, key, change);
    }

    fn note_job(&mut self, statement: &'static str, key: Key, change: &Change<JobRow>) {
        use crate::kernel::jobs::JobState::Running;
        let Some(after) = &change.after else { return };
        let was_running = change.before.as_ref().is_some_and(|before| before.state == Running);
        if after.state == Running && !was_running {
            // One that begins as it is written does so now, and not when that was asked for.
            let at = if change.before.is_some() { self.piece.moment } else { self.present() };
            self.piece.claimed.push((after.lane(), self.moment(at).passed));
            self.claims.insert((key, after.lease), self.piece.moment);
            self.sights.claimed += 1;
        }
        let Some(before) = &change.before else { return };
        if statement == "finish_job" {
            let attempt = (key, before.lease);
            self.piece.ended.push(attempt);
            let is_heard_of = self.began.contains(&attempt) || self.excused.contains(&attempt);
            if after.failure.as_deref() == Some("worker_lost") && !is_heard_of {
                self.piece.unheard.push(attempt);
            }
            self.sights.ended(after);
            self.health.attempt_ended(key, before, after, &self.deliveries, &mut self.sights);
        }
        if before.state.is_over() && !after.state.is_over() {
            self.piece.by_hand.push(key);
            self.sights.put_back += 1;
        }
    }

    fn delivery_changed(&mut self, key: Key, before: Option<DeliveryRow>) {
        promise!(self, deliveries::what_is_delivered_was_taken(self, key, before.as_ref()));
        self.piece.deliveries.insert(key);
        if before.is_none() {
            self.piece.new_deliveries.insert(key);
        }
        for row in [before.as_ref(), self.deliveries.get(&key)].into_iter().flatten() {
            self.piece.events.insert(row.event);
            self.piece.letters_of.insert(row.tenant);
        }
        let after = self.deliveries.get(&key).map(|row| row.tenant);
        let tenants = [before.map(|row| row.tenant), after];
        promise!(self, deliveries::no_delivery_of_another_tenant_is_touched(self, key, tenants));
    }

    fn subscription_changed(&mut self, key: Key, before: Option<SubscriptionRow>) {
        self.piece.subscriptions.insert(key);
        promise!(self, standing::a_handler_changes_for_a_reason(self, key, before.as_ref()));
        let after = self.subscriptions.get(&key);
        self.health.row_changed(key, before.as_ref(), after, &self.enabling);
    }

    /// What is being erased is a half of something all the time.
    pub(super) fn leave_out_who_is_leaving(&mut self) {
        let leaving: BTreeSet<i64> =
            self.tenants.iter().filter(|(_, row)| row.is_leaving).map(|(tenant, _)| *tenant).collect();
        if leaving.is_empty() {
            return;
        }
        let mut piece = std::mem::take(&mut self.piece);
        let stays = |key: &Key| {
            let of = [
                self.jobs.get(key).map(|row| row.tenant),
                self.events.get(key).map(|row| row.tenant),
                self.deliveries.get(key).map(|row| row.tenant),
                self.subscriptions.get(key).map(|row| row.tenant),
                self.schedules.get(key).map(|row| row.tenant),
            ];
            !of.into_iter().flatten().any(|tenant| leaving.contains(&tenant))
        };
        for keys in [
            &mut piece.jobs,
            &mut piece.events,
            &mut piece.new_events,
            &mut piece.deliveries,
            &mut piece.new_deliveries,
            &mut piece.subscriptions,
        ] {
            keys.retain(stays);
        }
        piece.advanced.retain(|key, _| stays(key));
        piece.fired.retain(|(key, _)| stays(key));
        piece.letters_of.retain(|tenant| !leaving.contains(tenant));
        piece.lanes.retain(|(tenant, _)| !leaving.contains(tenant));
        self.piece = piece;
    }
}
