//! Lines of evaluation: who evaluates, who looks for imbalance, who confirms, by office and class.
//!
//! The evaluator leads the office; the adjuster stands next above; the bureau head confirms. Where the next above is
//! already the one who confirms, nobody adjusts. Bureau heads and the vice-minister are evaluated by the minister, who is
//! no member of staff, so they have no line.

use std::collections::BTreeMap;

use super::{EvaluationLine, Organisation, Post, Rank};

/// The lines of all offices for the classes that have posts there.
pub(super) fn lines(organisations: &[Organisation], posts: &[Post]) -> Vec<EvaluationLine> {
    let tree = Tree::new(organisations, posts);
    let mut lines = Vec::new();
    for office in organisations {
        let mut ranks: Vec<Rank> = tree.posts_in(&office.code).map(|post| post.rank).collect();
        ranks.sort();
        ranks.dedup();
        for rank in ranks.into_iter().filter(|rank| *rank < Rank::BureauHead) {
            // Those of the class of a director and above are evaluated from the bureau, others by the next above them.
            let above = tree.superiors(office, rank);
            let (Some(evaluator), Some(bureau), Some(vice)) =
                (above.first(), tree.bureau_head(office), tree.vice_minister)
            else {
                continue;
            };
            let confirmer = if rank >= Rank::Director { vice } else { bureau };
            let adjuster = above.get(1).filter(|adjuster| **adjuster != confirmer);
            lines.push(EvaluationLine {
                organisation: office.code.clone(),
                rank,
                evaluator: (*evaluator).to_owned(),
                adjuster: adjuster.map(|adjuster| (*adjuster).to_owned()),
                confirmer: confirmer.to_owned(),
                valid_from: office.valid_from,
                valid_to: office.valid_to,
            });
        }
    }
    lines
}

struct Tree<'a> {
    offices: BTreeMap<&'a str, &'a Organisation>,
    posts: BTreeMap<&'a str, Vec<&'a Post>>,
    vice_minister: Option<&'a str>,
}

impl<'a> Tree<'a> {
    fn new(organisations: &'a [Organisation], posts: &'a [Post]) -> Tree<'a> {
        let mut by_office: BTreeMap<&str, Vec<&Post>> = BTreeMap::new();
        for post in posts {
            by_office.entry(&post.organisation).or_default().push(post);
        }
        Tree {
            offices: organisations.iter().map(|office| (office.code.as_str(), office)).collect(),
            posts: by_office,
            vice_minister: posts.iter().find(|post| post.rank == Rank::ViceMinister).map(|post| post.code.as_str()),
        }
    }

    fn posts_in(&self, office: &str) -> impl Iterator<Item = &'a Post> {
        self.posts.get(office).into_iter().flatten().copied()
    }

    /// Posts above a class in an office, nearest first, each of a higher class than the one before: heads on the way up to
    /// the bureau, there its deputy and its head.
    fn superiors(&self, office: &'a Organisation, rank: Rank) -> Vec<&'a str> {
        let mut found = Vec::new();
        let mut below = rank;
        let mut level = Some(office);
        while let Some(office) = level {
            let mut leaders: Vec<&Post> =
                self.posts_in(&office.code).filter(|post| post.head || post.rank == Rank::DepartmentHead).collect();
            leaders.sort_by_key(|post| post.rank);
            for leader in leaders {
                if leader.rank > below {
                    found.push(leader.code.as_str());
                    below = leader.rank;
                }
            }
            level = office.parent.as_deref().and_then(|parent| self.offices.get(parent)).copied();
        }
        found
    }

    fn bureau_head(&self, office: &'a Organisation) -> Option<&'a str> {
        let mut level = Some(office);
        while let Some(office) = level {
            if let Some(head) = self.posts_in(&office.code).find(|post| post.head && post.rank == Rank::BureauHead) {
                return Some(&head.code);
            }
            level = office.parent.as_deref().and_then(|parent| self.offices.get(parent)).copied();
        }
        None
    }
}
