//! Accounts of the sample agency: one for everybody, with one password for all, and roles for some.

use std::collections::BTreeMap;

use identity::Password;
use identity::names::{account, role_grant};
use identity::password::{self, NewPassword};
use ledger::port::Writer;
use ledger::{Body, Change, Kernel, Principal, Problem, Refusal};

use crate::installation::Installation;
use crate::sample::SampleAgency;

/// Password of every sample account. The program says so wherever it uses it; it is never used outside the sample.
pub const PASSWORD: &str = "mihon-no-daicho-2026";
/// Account of no person that shows the second step of a sign-in: it must enrol a device first.
pub const TWO_STEPS: &str = "nidankai";
/// Accounts made in one transaction.
const BATCH: usize = 500;

/// One sign-in to try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// Kind of user.
    pub kind: &'static str,
    /// Sign-in name.
    pub login: String,
    /// Name of the person.
    pub name: String,
}

/// Add an account for everybody employed today, and grant roles.
pub fn add(installation: &Installation, agency: &SampleAgency) -> Result<Vec<SignIn>, Refusal> {
    let kernel = installation.kernel();
    let settings = &installation.settings.sign_in;
    // One hash for all: 3,000 of them would take a minute and prove nothing.
    let password = NewPassword::lasting(&kernel, settings, &Password::new(PASSWORD))
        .map_err(|failed| Refusal::invalid(Problem::record(failed.to_string())))?;
    let employed: Vec<String> =
        agency.people.iter().filter(|p| p.employed_on(agency.as_of)).map(|person| person.number.clone()).collect();
    let mut accounts: BTreeMap<String, String> = BTreeMap::new();
    for batch in employed.chunks(BATCH) {
        let (kernel, password) = (&kernel, &password);
        let added = installation.store.write(|tx: &mut dyn Writer| {
            let people = tx.lookup("person", "number", batch)?;
            let mut added = Vec::new();
            for number in batch {
                let person = people.get(number).and_then(|ids| ids.first()).ok_or(Refusal::NotFound)?;
                added.push((number.clone(), one(tx, kernel, number, person, password)?));
            }
            Ok::<_, Refusal>(added)
        })?;
        accounts.extend(added);
    }
    let cast = &agency.cast;
    let granted = [
        (&cast.personnel_officer, "personnel"),
        (&cast.personnel_officer, "complaint_officer"),
        (&cast.auditor, "auditor"),
        (&cast.auditor, "security_officer"),
        (&cast.administrator, "administrator"),
    ];
    installation.store.write(|tx: &mut dyn Writer| {
        for (number, role) in granted {
            let account = accounts.get(number).ok_or(Refusal::NotFound)?;
            grant(tx, &kernel, account, role)?;
        }
        Ok::<_, Refusal>(())
    })?;
    installation.store.write(|tx: &mut dyn Writer| {
        let mut values = Body::new();
        values.insert(account::LOGIN.into(), TWO_STEPS.into());
        let who = Principal::system("demo");
        let added = kernel.commit(tx, &who, Change::create(account::LEDGER, values))?;
        password::set(tx, &kernel, &who, &added.id, &password, None)?;
        Ok::<_, Refusal>(())
    })?;
    let names: BTreeMap<&str, &str> =
        agency.people.iter().map(|person| (person.number.as_str(), person.name.as_str())).collect();
    Ok([
        ("職員", &cast.staff),
        ("評価者", &cast.evaluator),
        ("調整者", &cast.adjuster),
        ("実施権者", &cast.confirmer),
        ("人事担当", &cast.personnel_officer),
        ("監査担当", &cast.auditor),
        ("システム管理者", &cast.administrator),
    ]
    .into_iter()
    .map(|(kind, number)| SignIn {
        kind,
        login: number.clone(),
        name: names.get(number.as_str()).copied().unwrap_or_default().to_string(),
    })
    .collect())
}

fn one(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    login: &str,
    person: &str,
    password: &NewPassword,
) -> Result<String, Refusal> {
    let who = Principal::system("demo");
    let mut values = Body::new();
    values.insert(account::LOGIN.into(), login.into());
    values.insert(account::PERSON.into(), person.into());
    let added = kernel.commit(tx, &who, Change::create(account::LEDGER, values))?;
    password::set(tx, kernel, &who, &added.id, password, None)?;
    Ok(added.id)
}

fn grant(tx: &mut dyn Writer, kernel: &Kernel, account: &str, role: &str) -> Result<(), Refusal> {
    let mut values = Body::new();
    values.insert(role_grant::ACCOUNT.into(), account.into());
    values.insert(role_grant::ROLE.into(), role.into());
    kernel.commit(tx, &Principal::system("demo"), Change::create(role_grant::LEDGER, values))?;
    Ok(())
}
