//! Words behind a name that tell what somebody did: `Roe, Ann (Editor)`.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::article::Role;
use crate::normalize::text::letters_and_digits;

/// Words of roles in lower case, without full stops.
const WORDS: [(&str, Role); 62] = [
    ("author", Role::Author),
    ("aut", Role::Author),
    ("autor", Role::Author),
    ("autora", Role::Author),
    ("auteur", Role::Author),
    ("creator", Role::Author),
    ("verfasser", Role::Author),
    ("editor", Role::Editor),
    ("editors", Role::Editor),
    ("ed", Role::Editor),
    ("eds", Role::Editor),
    ("edt", Role::Editor),
    ("hrsg", Role::Editor),
    ("hg", Role::Editor),
    ("herausgeber", Role::Editor),
    ("éditeur", Role::Editor),
    ("éd", Role::Editor),
    ("org", Role::Editor),
    ("organizador", Role::Editor),
    ("coord", Role::Editor),
    ("coordinador", Role::Editor),
    ("red", Role::Editor),
    ("редактор", Role::Editor),
    ("editör", Role::Editor),
    ("translator", Role::Translator),
    ("trans", Role::Translator),
    ("trl", Role::Translator),
    ("trad", Role::Translator),
    ("traductor", Role::Translator),
    ("traducteur", Role::Translator),
    ("übers", Role::Translator),
    ("übersetzer", Role::Translator),
    ("переводчик", Role::Translator),
    ("supervisor", Role::Advisor),
    ("advisor", Role::Advisor),
    ("adviser", Role::Advisor),
    ("thesis advisor", Role::Advisor),
    ("thesis adviser", Role::Advisor),
    ("academic advisor", Role::Advisor),
    ("committee chair", Role::Advisor),
    ("committee member", Role::Advisor),
    ("director", Role::Advisor),
    ("orientador", Role::Advisor),
    ("orientadora", Role::Advisor),
    ("directeur", Role::Advisor),
    ("betreuer", Role::Advisor),
    ("danışman", Role::Advisor),
    ("reviewer", Role::Reviewer),
    ("referee", Role::Reviewer),
    ("opponent", Role::Reviewer),
    ("illustrator", Role::Illustrator),
    ("ill", Role::Illustrator),
    ("photographer", Role::Illustrator),
    ("fotograf", Role::Illustrator),
    ("compiler", Role::Compiler),
    ("comp", Role::Compiler),
    ("contributor", Role::Contributor),
    ("ctb", Role::Contributor),
    ("contact", Role::Contributor),
    ("sponsor", Role::Contributor),
    ("publisher", Role::Contributor),
    ("interviewer", Role::Contributor),
];

/// Codes of MARC relators, and terms of formats that state roles, which are too short or too common behind a name.
const STATED: [(&str, Role); 30] = [
    ("cre", Role::Author),
    ("book editor", Role::Editor),
    ("editorial board", Role::Editor),
    ("redaktor", Role::Editor),
    ("herausgeberin", Role::Editor),
    ("verfasserin", Role::Author),
    ("tr", Role::Translator),
    ("traductora", Role::Translator),
    ("übersetzerin", Role::Translator),
    ("ths", Role::Advisor),
    ("dgs", Role::Advisor),
    ("dgc", Role::Advisor),
    ("degree supervisor", Role::Advisor),
    ("promotor", Role::Advisor),
    ("dissertant", Role::Advisor),
    ("co-advisor", Role::Advisor),
    ("co-supervisor", Role::Advisor),
    ("tutor", Role::Advisor),
    ("directeur de thèse", Role::Advisor),
    ("advisor/coreferee", Role::Advisor),
    ("examiner", Role::Reviewer),
    ("rev", Role::Reviewer),
    ("opn", Role::Reviewer),
    ("referee external", Role::Reviewer),
    ("pht", Role::Illustrator),
    ("illustrateur", Role::Illustrator),
    ("com", Role::Compiler),
    ("oth", Role::Contributor),
    ("other", Role::Contributor),
    ("none", Role::Contributor),
];

/// Roles by their words, letters and digits alone.
static ROLES: LazyLock<HashMap<String, Role>> = LazyLock::new(|| {
    let words = WORDS.iter().chain(&STATED);
    words
        .map(|(word, role)| (letters_and_digits(word), *role))
        .collect()
});

/// Returns the role for a word or code that states one; `None` for one that is no role of the model.
pub(crate) fn role_of(word: &str) -> Option<Role> {
    ROLES.get(&letters_and_digits(word)).copied()
}

/// The role that a word behind a name means.
fn role(word: &str) -> Option<Role> {
    let word = word.trim().trim_end_matches('.').to_lowercase();
    WORDS
        .iter()
        .find(|(known, _)| *known == word)
        .map(|(_, role)| *role)
}

/// The name without a role in brackets or behind a comma, and that role. Brackets with other words stay.
pub(super) fn without_role(name: &str) -> (&str, Option<Role>) {
    let name = name.trim();
    for (open, close) in [('(', ')'), ('[', ']')] {
        if let Some((head, inner)) = name
            .strip_suffix(close)
            .and_then(|rest| rest.rsplit_once(open))
            && !head.trim().is_empty()
            && let Some(role) = role(inner)
        {
            return (head.trim_end_matches([' ', ',']), Some(role));
        }
    }
    // `Roe, Ann, editor`: a given name stands before it
    if let Some((head, last)) = name.rsplit_once(',')
        && head.contains(',')
        && let Some(role) = role(last)
    {
        return (head.trim_end(), Some(role));
    }
    (name, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_that_are_stated() {
        let role = |word| role_of(word);
        assert_eq!(role("Hrsg."), Some(Role::Editor));
        assert_eq!(role("ThesisAdvisor"), Some(Role::Advisor));
        assert_eq!(role("dgs"), Some(Role::Advisor));
        assert_eq!(role("rev"), Some(Role::Reviewer));
        assert_eq!(role("performer"), None);
        // `Rev.` behind a name is a title
        assert_eq!(without_role("Roe, Ann (Rev.)"), ("Roe, Ann (Rev.)", None));
    }

    #[test]
    fn roles_behind_names() {
        assert_eq!(
            without_role("Weber, Klaus [Hrsg.]"),
            ("Weber, Klaus", Some(Role::Editor))
        );
        assert_eq!(
            without_role("Roe, Richard (Supervisor)"),
            ("Roe, Richard", Some(Role::Advisor))
        );
        assert_eq!(
            without_role("Roe, Linda, AUTHOR"),
            ("Roe, Linda", Some(Role::Author))
        );
        for other in [
            "Casgrain, H. R. (Henri Raymond)",
            "Editor, Ann",
            "Roe, Ed",
            "Roe, Ann (Almaty)",
        ] {
            assert_eq!(without_role(other), (other, None));
        }
    }
}
