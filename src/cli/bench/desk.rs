//! The instance that is measured: tenants with requests in them, and a token for their owner.

use std::sync::Arc;
use std::time::Duration;

use super::statements::{self, Draft, RequestRow};
use crate::base::db::TenantNo;
use crate::base::{Error, Id, Result};
use crate::kernel::Kernel;
use crate::kernel::identity::{Claims, NewAccount, Subject, User};
use crate::kernel::tenants::{NewTenant, Tenant, create_tenant};

pub const TENANTS: usize = 20;

/// Rows that one write makes: few enough to take some milliseconds.
const ROWS_IN_A_WRITE: usize = 500;

/// Longer than any measuring takes.
const VALID_FOR: Duration = Duration::from_hours(1);

/// Cheap to clone.
#[derive(Clone)]
pub struct Desk {
    pub kernel: Arc<Kernel>,
    pub tenants: Arc<[Tenant]>,
    pub owner: Id<User>,
    /// Every request there is, with its tenant.
    pub requests: Arc<[(TenantNo, Id<RequestRow>)]>,
}

impl Desk {
    /// Makes the tenants, and as many requests spread evenly over them.
    pub async fn furnish(kernel: &Arc<Kernel>, requests: usize) -> Result<Self> {
        let owner = make_owner(kernel).await?;
        let mut tenants = Vec::with_capacity(TENANTS);
        for number in 1..=TENANTS {
            tenants.push(make_tenant(kernel, format!("tenant-{number}"), owner).await?);
        }
        let mut made = Vec::with_capacity(requests);
        while made.len() < requests {
            for tenant in &tenants {
                let count = ROWS_IN_A_WRITE.min(requests / TENANTS);
                made.extend(make_requests(kernel, tenant.number, owner, count).await?);
            }
        }
        Ok(Self { kernel: Arc::clone(kernel), tenants: tenants.into(), owner, requests: made.into() })
    }

    /// The same with the first of its tenants alone.
    pub fn among(&self, tenants: usize) -> Self {
        Self { tenants: self.tenants[..tenants].into(), ..self.clone() }
    }

    /// A token for the owner of all tenants.
    pub fn token(&self) -> Result<String> {
        let claims = Claims {
            realm: self.kernel.tenants.instance()?.id,
            subject: Subject::User(self.owner),
            token: Id::fresh(),
            tenant: None,
            is_key: false,
            expires_at: self.kernel.clock.now() + VALID_FOR,
        };
        self.kernel.identity.mint(claims).map(|minted| minted.token)
    }

    /// A request to be written now.
    pub fn draft(&self) -> Draft {
        Draft { id: Id::fresh(), requester: self.owner, now: self.kernel.clock.now() }
    }

    /// The tenant of the n-th of many, who are spread evenly.
    pub fn tenant_of(&self, nth: usize) -> TenantNo {
        self.tenants[nth % self.tenants.len()].number
    }
}

pub async fn make_owner(kernel: &Arc<Kernel>) -> Result<Id<User>> {
    let new = NewAccount {
        email: "owner@bench.example".parse().map_err(Error::internal)?,
        name: Default::default(),
        owner: true,
    };
    let (who, by, now) = (kernel.operator()?, kernel.operator()?, kernel.clock.now());
    let made = Arc::clone(kernel);
    let account = kernel.db.write(&who, move |tx| made.identity.create_account(tx, &by, &new, now)).await?;
    Ok(account.id)
}

async fn make_tenant(kernel: &Arc<Kernel>, slug: String, owner: Id<User>) -> Result<Tenant> {
    let new = NewTenant {
        name: slug.parse().map_err(Error::internal)?,
        slug: slug.parse().map_err(Error::internal)?,
        hosts: Vec::new(),
        owner: Some(owner),
    };
    let (who, by, now) = (kernel.operator()?, kernel.operator()?, kernel.clock.now());
    let maker = Arc::clone(kernel);
    kernel.db.write(&who, move |tx| create_tenant(tx, &maker, &by, &new, owner, now)).await
}

async fn make_requests(
    kernel: &Arc<Kernel>,
    tenant: TenantNo,
    requester: Id<User>,
    count: usize,
) -> Result<Vec<(TenantNo, Id<RequestRow>)>> {
    let now = kernel.clock.now();
    let drafts: Vec<Draft> = (0..count).map(|_| Draft { id: Id::fresh(), requester, now }).collect();
    let written = drafts.clone();
    kernel
        .db
        .write(&tenant, move |tx| {
            written.iter().try_for_each(|draft| tx.run(statements::insert(), &draft.params()))
        })
        .await?;
    Ok(drafts.into_iter().map(|draft| (tenant, draft.id)).collect())
}
