//! How many may be somewhere at the same time, in all and from one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// Places that are taken and given back.
#[derive(Clone)]
pub struct Places {
    most: usize,
    of_one: usize,
    /// The proxy in front: all readers come from its address.
    proxy: Option<IpAddr>,
    taken: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl Places {
    /// At most `most` in all and `of_one` from one address; the address of the proxy counts in all only.
    pub fn new(most: usize, of_one: usize, proxy: Option<IpAddr>) -> Self {
        Self { most, of_one, proxy, taken: Arc::default() }
    }

    /// A place; `None` when there is none left.
    pub fn enter(&self, address: IpAddr) -> Option<Place> {
        let address = address.to_canonical();
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let of_one = taken.get(&address).copied().unwrap_or_default();
        let too_many = of_one >= self.of_one && self.proxy != Some(address);
        if too_many || taken.values().sum::<usize>() >= self.most {
            return None;
        }
        taken.insert(address, of_one + 1);
        Some(Place { places: self.clone(), address })
    }
}

/// A place, given back when dropped.
pub struct Place {
    places: Places,
    address: IpAddr,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_limited_for_one_and_for_all_and_come_back() {
        let [one, mapped, two, proxy] =
            ["192.0.2.1", "::ffff:192.0.2.1", "192.0.2.2", "192.0.2.9"].map(|text| text.parse().unwrap());
        let places = Places::new(5, 2, Some(proxy));
        let mut held: Vec<Place> = [one, mapped].into_iter().filter_map(|address| places.enter(address)).collect();
        assert_eq!(held.len(), 2);
        assert!(places.enter(one).is_none(), "the two spellings are one address");
        held.extend((0..3).filter_map(|_| places.enter(proxy)));
        assert_eq!(held.len(), 5, "behind the proxy are many");
        assert!(places.enter(two).is_none(), "no place is left for anybody");
        held.remove(0);
        held.extend(places.enter(two));
        assert_eq!(held.len(), 5);
        drop(held);
        assert!(places.taken.lock().unwrap().is_empty());
    }
}
