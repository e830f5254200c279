//! Documents as they are written in eleven languages.

/// Sentences of reports, each in a language: English, French, German, Greek, Russian, Arabic, Chinese, Japanese,
/// Thai, Korean and Hindi; and one that is full of signs to be folded.
const SENTENCES: [&str; 22] = [
    "Acute hepatitis A without jaundice; no fever, no rash, vitamin B 12 was given.",
    "The patient's father has Crohn's disease. He was not seen at the clinic in 2019.",
    "Type 2 diabetes mellitus with an HbA1c of 7.9 %, and it is not controlled.",
    "Dyspnée d'effort sévère, sans fièvre ; l'électrocardiogramme est normal. Œdème des membres inférieurs.",
    "Hypertension artérielle traitée ; pas de douleur thoracique à l'effort, cœur régulier.",
    "Größe 1,80 m; die Übelkeit ließ nach, Straßenverkehrsunfall 2018, Hepatitis-C-Antikörper negativ.",
    "Verdacht auf Herzinfarkt bei bekannter koronarer Herzkrankheit; kein Fieber, Röntgenaufnahme unauffällig.",
    "Ηλεκτροκαρδιογράφημα φυσιολογικό, ΧΩΡΙΣ ΠΥΡΕΤΟ. Ο ασθενής αναφέρει δύσπνοια.",
    "Σακχαρώδης διαβήτης τύπου 2 και αρτηριακή υπέρταση.",
    "Эзофагогастродуоденоскопия выполнена. Жалоб на боли нет; пациент ёмко описал приступ.",
    "Сахарный диабет 2 типа, артериальная гипертензия, температура в норме.",
    "مريض يعاني من داءُ السُّكَّريّ وارتفاع ضغط الدم، لا توجد حمى.",
    "أُجريَ تخطيط القلب الكهربائي وكانت النتيجة طبيعيّة",
    "患者有糖尿病和高血压病史，无发热，2型糖尿病。",
    "急性阑尾炎，行CT检查后手术治疗；肺癌待排。",
    "急性心筋梗塞の疑いで入院した。がんの既往なし。ＣＴ検査を施行。",
    "２型糖尿病、高血圧症。発熱はなかった。",
    "ผู้ป่วยเป็นโรคเบาหวานและความดันโลหิตสูง ไม่มีไข้",
    "ตรวจคลื่นไฟฟ้าหัวใจปกติ แพ้ยาเพนิซิลลิน",
    "당뇨병이 있는 환자로 고혈압을 앓고 있다. 위암 수술 후.",
    "रोगी को मधुमेह और उच्च रक्तचाप है, स्वास्थ्य ठीक है",
    "so\u{ad}dium chlo\u{200b}ride 0.9 %; ﬁbrillation ＡＴＲＩＡＬ ½ tablet",
];
/// Dates as far as they are known.
const DATES: [&str; 8] = [
    "2019",
    "2019-07",
    "2019-07-15",
    "2024-02-29T23:59:59+09:00",
    "1974",
    "2024-02",
    "2025-12-31",
    "1999-12",
];
/// Comparators, numbers and units as they are written.
const VALUES: [&str; 9] = [
    r#"{"value":7.9,"code":"%","system":"http://unitsofmeasure.org"}"#,
    r#"{"value":0.01,"comparator":"<","code":"ng/mL","system":"http://unitsofmeasure.org"}"#,
    r#"{"value":500,"comparator":">","code":"mg/dL","system":"http://unitsofmeasure.org"}"#,
    r#"{"value":5,"comparator":">=","code":"mg/dL","system":"http://unitsofmeasure.org"}"#,
    r#"{"value":5.0,"comparator":"<=","code":"g/L","system":"http://unitsofmeasure.org"}"#,
    r#"{"value":120,"code":"mm[Hg]","system":"http://unitsofmeasure.org"}"#,
    r#"{"value":16,"code":"kPa","system":"http://unitsofmeasure.org"}"#,
    r#"{"value":98.6,"code":"[degF]","system":"http://unitsofmeasure.org"}"#,
    r#"{"value":37,"code":"Cel","system":"http://unitsofmeasure.org"}"#,
];

/// Every document: each sentence as a condition, with dates; observations with values of their own and of components; and
/// stays with and without an end.
pub(crate) fn all() -> Vec<String> {
    let subject = r#""subject":{"reference":"Patient/pa"}"#;
    let mut documents = Vec::new();
    for (number, sentence) in SENTENCES.iter().enumerate() {
        let date = DATES[number % DATES.len()];
        documents.push(format!(
            r#"{{"resourceType":"Condition","id":"c{number}",{subject},"code":{{"text":"{sentence}"}},"onsetDateTime":"{date}"}}"#
        ));
    }
    for (number, value) in VALUES.iter().enumerate() {
        let other = VALUES[(number + 1) % VALUES.len()];
        let (from, to) = (DATES[number % 3], DATES[5 + number % 2]);
        let period = match number % 3 {
            0 => format!(r#"{{"start":"{from}","end":"{to}"}}"#),
            1 => format!(r#"{{"start":"{from}"}}"#),
            _ => format!(r#"{{"end":"{to}"}}"#),
        };
        documents.push(format!(
            r#"{{"resourceType":"Observation","id":"o{number}",{subject},"status":"final","effectivePeriod":{period},
            "code":{{"coding":[{{"system":"http://loinc.org","code":"{}-1"}},{{"system":"urn:x","code":"own"}}]}},"valueQuantity":{value},
            "component":[{{"code":{{"coding":[{{"system":"http://loinc.org","code":"{}-1"}}]}},"valueQuantity":{other}}}]}}"#,
            number % 4,
            (number + 1) % 4,
        ));
        documents.push(format!(
            r#"{{"resourceType":"Encounter","id":"e{number}",{subject},"status":"finished","period":{period}}}"#
        ));
    }
    documents
}
