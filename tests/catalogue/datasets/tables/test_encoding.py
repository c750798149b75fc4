"""Bytes as text: Unicode with and without a mark, what older spreadsheets write, and what is no text."""

import pytest

from slalom.catalogue.datasets.tables.encoding import decoded, encoding_of
from slalom.errors import SpecError

TEXT = "größe;Preis in €\n1;“2”\n"
RUSSIAN = "имя,возраст,цель\nИван,30,да\nМария,25,нет\nПётр,41,да\n"
JAPANESE = "名前,年齢\n太郎,30\n花子,25\n次郎,41\n"


@pytest.mark.parametrize(
    ("text", "codec", "name"),
    [
        (TEXT, "utf-8", "utf-8"),
        (TEXT, "utf-8-sig", "utf-8"),
        (TEXT, "utf-16", "utf-16"),
        (TEXT, "utf-32", "utf-32"),
        ("a,b\n1,2\n", "utf-16-le", "utf-16-le"),
        ("a,b\n1,2\n", "utf-16-be", "utf-16-be"),
        (TEXT, "windows-1252", "windows-1252"),
        ("é,ü\nß,1\n", "latin-1", "windows-1252"),
        (RUSSIAN, "windows-1251", "windows-1251"),
        (JAPANESE, "shift_jis", "cp932"),
        ("", "utf-8", "utf-8"),
    ],
)
def test_an_encoding_is_found(text, codec, name):
    content = text.encode(codec)
    assert encoding_of(content) == name
    assert decoded(content) == text


EAST_ASIAN = {
    "gb18030": ["name,score,等级\nzhang,1,高\nli,2,低\nwang,3,中\n", "x,y,性别\n1,2,男\n3,4,女\n1,2,男\n"],
    "big5": ["name,score,等級\nzhang,1,高\nli,2,低\nwang,3,中\n", "x,y,性別\n1,2,男\n3,4,女\n1,2,男\n"],
    "cp932": ["id,city,price\n1,東京,3\n2,大阪,4\n3,京都,5\n", "x,y,種類\n1,2,りんご\n3,4,みかん\n1,2,リンゴ\n"],
    "cp949": ["name,score,등급\nkim,1,상\nlee,2,중\npark,3,하\n", "id,city,price\n1,서울,3\n2,부산,4\n3,대전,5\n"],
    "iso-2022-jp": ["都市,人口\n東京,1396\n大阪,275\n"],
    "koi8-r": ["город;население\nМосква;12,6\nПетербург;5,3\nКазань;1,2\n"],
}
"""Tables of few words that are not ASCII, and what each is written in."""


@pytest.mark.parametrize(("codec", "text"), [(codec, text) for codec, texts in EAST_ASIAN.items() for text in texts])
def test_few_words_of_an_east_asian_or_cyrillic_table_show_its_encoding(codec, text):
    assert encoding_of(text.encode(codec)) == codec
    assert decoded(text.encode(codec)) == text


WESTERN = [
    "name,prix\nCafé,3 €\nThé,2 €\nCrème brûlée,5 €\n",
    "T (°C),p\n25 °C,1\n30 °C,2\n35 °C,3\n",
    "“a”,b\n“c”,d\n“e”,f\n“g”,h\n",
    "1\u00a0234\u00a0€;a\n2\u00a0345\u00a0€;b\n3\u00a0456\u00a0€;a\n4\u00a0567\u00a0€;b\n",
    "Ñandú,1\nÉmu,2\nÑame,3\nÎle,4\nÖl,3\n",
    "µm,x\n1 µm,2\n2 µm,3\n3 µm,3\n",
    "né à;x\noù;1\nça;2\nà;3\nété;4\n",
]


@pytest.mark.parametrize("text", WESTERN)
def test_western_letters_and_signs_are_western(text):
    assert decoded(text.encode("windows-1252")) == text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a,b\n1,\x00\n", "Line 2 has a NUL character: this is not a text file. Save it as text, in UTF-8."),
        (b"a,b\n1,\x81\n", "Line 2 is neither UTF-8 nor Windows-1252: it has the byte 0x81. Save the file as UTF-8"),
        (b"\xff\xfea", "Line 1 is not UTF-16"),
    ],
)
def test_what_is_no_text_is_refused(content, said):
    with pytest.raises(SpecError, match=said):
        decoded(content)


def table(words):
    return "name,n\n" + "\n".join(f"{word},{i}" for i, word in enumerate(words.split()))


@pytest.mark.parametrize(
    ("codec", "name", "words"),
    [
        ("cp1250", "windows-1250", "Łukasz Małgorzata Gdańsk Grażyna Paweł Stanisław Żaneta Łódź Źródło"),
        ("cp1250", "windows-1250", "Jiří Tomáš Věra Růžena Ondřej Lukáš Zdeněk Břeclav Děčín Žďár"),
        ("cp1250", "windows-1250", "Győző Jenő Lőrinc Tünde Ágnes Kőszeg Hódmezővásárhely"),
        ("cp1250", "windows-1250", "Ştefan Mihăiţă Ion Cătălin Bucureşti Iaşi Timişoara Piteşti"),
        ("cp1254", "windows-1254", "Ayşe Çağlar Işıl Gülşen Şükrü İstanbul Muğla Ağrı"),
        ("cp1255", "windows-1255", "חיפה אילת עכו יפו"),
        ("cp1255", "windows-1255", "שם דן גל רון"),
    ],
)
def test_letters_of_central_europe_turkey_and_israel_are_found_by_few_words(codec, name, words):
    content = table(words).encode(codec)
    assert encoding_of(content) == name
    assert decoded(content) == table(words)


@pytest.mark.parametrize(
    ("codec", "name", "words"),
    [
        ("cp1252", "windows-1252", "Müller Schröder Weiß Jäger Köhler Groß Böhm"),
        ("cp1252", "windows-1252", "Élodie François Zoé Hélène Noël Besançon Nîmes août sûr dû"),
        ("cp1252", "windows-1252", "Søren Åse Jørgen Kåre Bjørn Rødovre Tromsø Øystein"),
        ("cp1252", "windows-1252", "José Ángel Peña ¿Qué ¿Cómo Íñigo 1º 2ª m³/h £5 ½kg"),
        ("cp1252", "windows-1252", "São João Conceição ações limões corações três avô"),
        ("cp1252", "windows-1252", "Þór Guðrún Sigurður Ásta Björk Ýmir Aðalsteinn"),
        ("cp1252", "windows-1252", "Tõnu Jõgi Põlva Võru Õie Žanna Šura"),
        ("cp1252", "windows-1252", "Nicolò Città Perù Così perché può già virtù"),
        ("cp1251", "windows-1251", "да нет может иногда редко часто"),
        ("cp1251", "windows-1251", "белый красный синий желтый серый"),
    ],
)
def test_letters_that_look_like_those_stay_what_they_are(codec, name, words):
    assert encoding_of(table(words).encode(codec)) == name


def test_japanese_of_chinese_signs_alone_is_read_in_either_encoding():
    cities = table("東京 大阪 京都 神戸 福岡 札幌 仙台 広島 名古屋 横浜")
    assert decoded(cities.encode("euc_jp")) == decoded(cities.encode("cp932")) == cities
