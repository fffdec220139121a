//! People who do not exist: names, companies and numbers for the demo.

use rand::seq::IndexedRandom as _;
use rand::{Rng, RngExt as _};

const FAMILY: [&str; 16] = [
    "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林",
];
const TITLE: [&str; 4] = ["先生", "女士", "经理", "老师"];
const COMPANY: [&str; 12] = [
    "纸月亮茶业",
    "南柯物流",
    "云上雨伞厂",
    "乌有电梯维保",
    "子虚旅行社",
    "蓬莱文具",
    "镜花园林",
    "瑶池净水",
    "方舟气球",
    "桃源地毯",
    "无名山矿泉",
    "半坡陶器",
];

/// Someone who calls; without a number the caller asked not to be known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The number as the carrier sends it.
    pub number: Option<String>,
    /// The display name.
    pub name: String,
}

/// How many different people call.
const PEOPLE: u16 = 160;

impl Caller {
    /// One of the invented people; the same number always has the same name.
    pub fn someone(chance: &mut impl Rng) -> Self {
        Self::nth(chance.random_range(0..PEOPLE))
    }

    /// Someone who asked not to be known.
    pub fn unknown() -> Self {
        Self { number: None, name: "Anonymous".to_owned() }
    }

    /// Every one of them, in order.
    pub(super) fn everyone() -> impl Iterator<Item = (u16, Self)> {
        (0..PEOPLE).map(|which| (which, Self::nth(which)))
    }

    /// The family name and the company of one of them.
    pub(super) fn roots(which: u16) -> (&'static str, &'static str) {
        // spread over the tables so that neighbours do not look alike
        let spread = usize::from(which) * 7;
        let family = FAMILY.get(spread % FAMILY.len()).copied().unwrap_or_default();
        (family, COMPANY.get(spread % COMPANY.len()).copied().unwrap_or_default())
    }

    fn nth(which: u16) -> Self {
        let (family, company) = Self::roots(which);
        let title = TITLE.get(usize::from(which) % TITLE.len()).copied().unwrap_or_default();
        let landline = which.is_multiple_of(5);
        let (number, name) = if landline {
            (format!("0255550{which:04}"), company.to_owned())
        } else if which.is_multiple_of(3) {
            (format!("1380000{which:04}"), format!("{company} {family}{title}"))
        } else {
            (format!("1390000{which:04}"), format!("{family}{title}"))
        };
        Self { number: Some(number), name }
    }
}

/// One of the given, by chance.
pub(super) fn one_of<T: Copy>(all: &[T], chance: &mut impl Rng) -> Option<T> {
    all.choose(chance).copied()
}
