//! Kitchens and their zones.

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$item:meta])* $variant:ident = $word:literal, $zh:literal, $en:literal;)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$item])* #[serde(rename = $word)] $variant,)* }
        impl $name {
            /// All, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            /// Returns the word used in the database and the API.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }
            /// Returns the value of that word.
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == word)
            }
            /// Returns the Chinese name.
            #[must_use]
            pub const fn zh(self) -> &'static str {
                match self { $(Self::$variant => $zh),* }
            }
            /// Returns the English name.
            #[must_use]
            pub const fn en(self) -> &'static str {
                match self { $(Self::$variant => $en),* }
            }
        }
    };
}
pub(crate) use words;

words! {
    /// How high an area stands in the tree.
    AreaLevel {
        /// 省、自治区、直辖市.
        Province = "province", "省", "Province";
        /// 地级市.
        City = "city", "市", "City";
        /// 县、区; issues the notices.
        County = "county", "县区", "County";
        /// 监管所.
        Office = "office", "监管所", "Supervision office";
        /// 网格.
        Grid = "grid", "网格", "Grid";
    }
}

words! {
    /// A zone of a canteen; the first six must have a camera (教育部等令第45号 Art. 43).
    ///
    /// There is deliberately no zone for changing or rest rooms (国务院令第799号 Art. 8).
    ZoneKind {
        /// 食品库房.
        Storage = "storage", "食品库房", "Food storage";
        /// 烹饪间.
        Cooking = "cooking", "烹饪间", "Cooking room";
        /// 备餐间, a special operation area (专用操作区).
        Serving = "serving", "备餐间", "Meal preparation room";
        /// 专间.
        Special = "special", "专间", "Special room";
        /// 留样间.
        Sample = "sample", "留样间", "Sample room";
        /// 餐具饮具清洗消毒间.
        Washing = "washing", "清洗消毒间", "Dishwashing and disinfection room";
        /// 粗加工、切配.
        Rough = "rough", "粗加工间", "Rough preparation room";
        /// 餐厨废弃物暂存.
        Waste = "waste", "废弃物暂存处", "Waste store";
        /// 就餐区售饭窗口; never public, because pupils are in the picture.
        Counter = "counter", "售饭窗口", "Serving counter";
    }
}

impl ZoneKind {
    /// Whether a picture of this zone may ever be shown to the public.
    #[must_use]
    pub const fn may_be_public(self) -> bool {
        !matches!(self, Self::Counter)
    }

    /// Which of the three headings of the public page it belongs to.
    #[must_use]
    pub const fn heading(self) -> PublicHeading {
        match self {
            Self::Storage | Self::Sample => PublicHeading::Ingredients,
            Self::Washing | Self::Waste => PublicHeading::Environment,
            _ => PublicHeading::Operation,
        }
    }
}

/// The three headings under which the public sees a kitchen: 环境卫生, 原料使用, 操作过程.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PublicHeading {
    /// 环境卫生.
    Environment,
    /// 原料使用.
    Ingredients,
    /// 操作过程.
    Operation,
}

/// Crockford's base 32: no I, L, O or U, so that a code can be read out.
const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Returns the public short code of a canteen: 8 characters from the random end of its id.
#[must_use]
pub fn short_code(canteen: crate::id::CanteenId) -> String {
    let mut bits = canteen.uuid().as_u128();
    let digit = |_| {
        let low = (bits & 31) as usize;
        bits >>= 5;
        char::from(CROCKFORD[low])
    };
    (0..8).map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::CanteenId;

    #[test]
    fn a_short_code_is_stable_and_can_be_read_out() {
        let id = CanteenId::generate();
        let code = short_code(id);
        assert_eq!(code, short_code(id));
        assert!(code.len() == 8 && code.bytes().all(|byte| CROCKFORD.contains(&byte)), "{code}");
        assert_ne!(code, short_code(CanteenId::generate()));
    }
}
