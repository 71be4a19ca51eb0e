"""Which encoding a text file is in: short tables of many languages, in every encoding that they are written in."""

import pytest

from imports.readers.encoding.decide import decide_encoding
from tests.imports.reading import read_path

TABLES = {
    "German": "name;stadt\nMüller;Köln\nGröße;Düsseldorf\nJäger;Nürnberg\nWeiß;Gießen\n",
    "French": "nom;ville\nAndré Lefèvre;Orléans\nFrançois;Besançon\nGaëlle;Nîmes\nHélène;Sète\n",
    "Spanish": "nombre;ciudad\nJosé Muñoz;Málaga\nMaría;Cádiz\nÁngel;León\n",
    "Portuguese": "nome;cidade\nJoão;São Paulo\nConceição;Guimarães\nInês;Évora\n",
    "Danish": "navn;by\nSøren;Ærø\nÅse;Århus\nJørgen;København\n",
    "Icelandic": "nafn;staður\nÞór;Reykjavík\nSigríður;Ísafjörður\n",
    "Polish": "imię;miasto\nŁukasz;Łódź\nMałgorzata;Kraków\nZbigniew;Gdańsk\nŚwiętosława;Częstochowa\n",
    "Czech": "jméno;město\nJiří;Plzeň\nŠárka;České Budějovice\nTomáš;Ústí nad Labem\n",
    "Hungarian": "név;város\nGyörgy;Győr\nErzsébet;Székesfehérvár\nSándor;Pécs\nÁkos;Hódmezővásárhely\n",
    "Romanian": "nume;oraş\nŞtefan;Iaşi\nIonuţ;Bucureşti\nMărioara;Piteşti\n",
    "Croatian": "ime;grad\nŽeljko;Šibenik\nIvančić;Čakovec\n",
    "Turkish": "isim;şehir\nAyşe;İstanbul\nÇağlar;Eskişehir\nGül;Ağrı\n",
    "Lithuanian": "vardas;miestas\nŽydrūnas;Šiauliai\nRūta;Panevėžys\n",
    "Latvian": "vārds;pilsēta\nJānis;Rīga\nIlze;Jūrmala\nPēteris;Liepāja\n",
    "Russian": "имя;город\nИван;Москва\nОльга;Санкт-Петербург\nСергей;Новосибирск\n",
    "Ukrainian": "ім'я;місто\nОлексій;Київ\nНаталія;Львів\n",
    "Bulgarian": "име;град\nГеорги;София\nМария;Пловдив\n",
    "Greek": "όνομα;πόλη\nΓιώργος;Αθήνα\nΕλένη;Θεσσαλονίκη\n",
    "Hebrew": "שם;עיר\nדוד;ירושלים\nמשה;תל אביב\n",
    "Arabic": "الاسم;المدينة\nمحمد;القاهرة\nفاطمة;الرياض\n",
    "Thai": "ชื่อ;เมือง\nสมชาย;กรุงเทพ\nสมหญิง;เชียงใหม่\n",
    "Japanese": "名前;都市\n田中太郎;東京都\nスズキ;大阪市\nさくら;京都\n",
    "Chinese": "姓名;城市\n张伟;北京\n王芳;上海\n李娜;广州市\n",
    "Chinese of Taiwan": "姓名;城市\n陳小明;臺北\n林美玲;高雄市\n",
    "Korean": "이름;도시\n김철수;서울\n이영희;부산\n",
    "one letter": "name;n\nJosé;1\n",
    "one sign": "price;n\n5 €;1\n7 €;2\n",
}
WRITTEN_IN = {
    "German": ["cp1252", "iso8859-1", "cp850", "mac-roman", "cp437"],
    "French": ["cp1252", "iso8859-15", "cp850", "mac-roman"],
    "Spanish": ["cp1252", "cp850", "mac-roman"],
    "Portuguese": ["cp1252", "cp850", "mac-roman"],
    "Danish": ["cp1252", "cp850"],
    "Icelandic": ["cp1252", "cp850"],
    "Polish": ["cp1250", "iso8859-2", "cp852"],
    "Czech": ["cp1250", "iso8859-2", "cp852"],
    "Hungarian": ["cp1250", "iso8859-2", "cp852"],
    "Romanian": ["cp1250", "iso8859-2", "cp852"],
    "Croatian": ["cp1250", "iso8859-2"],
    "Turkish": ["cp1254", "iso8859-9", "cp857"],
    "Lithuanian": ["cp1257", "iso8859-13"],
    "Latvian": ["cp1257", "iso8859-13", "iso8859-4"],
    "Russian": ["cp1251", "koi8-r", "cp866", "iso8859-5", "mac-cyrillic"],
    "Ukrainian": ["cp1251", "koi8-u"],
    "Bulgarian": ["cp1251"],
    "Greek": ["cp1253", "iso8859-7"],
    "Hebrew": ["cp1255", "iso8859-8"],
    "Arabic": ["cp1256", "iso8859-6"],
    "Thai": ["cp874"],
    "Japanese": ["cp932", "euc-jp"],
    "Chinese": ["gb18030"],
    "Chinese of Taiwan": ["big5"],
    "Korean": ["cp949"],
    "one letter": ["cp1252"],
    "one sign": ["cp1252", "iso8859-15"],
}
WIDE = ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]


@pytest.mark.parametrize(("table", "encoding"), [(table, one) for table in WRITTEN_IN for one in WRITTEN_IN[table]])
def test_the_letters_are_found(tmp_path, table, encoding):
    found = read(tmp_path, TABLES[table].encode(encoding))

    assert as_text(found) == TABLES[table]
    assert "if special characters look wrong" in found.warnings[0].lower()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", *WIDE])
@pytest.mark.parametrize("table", TABLES)
def test_unicode_is_found(tmp_path, table, encoding):
    found = read(tmp_path, TABLES[table].encode(encoding))

    assert as_text(found) == TABLES[table]
    assert bool(found.warnings) == encoding.endswith(("-le", "-be"))


def test_the_letters_far_below_decide(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(b"name;n\n" + b"Ann;1\n" * 200_000 + "Łukasz;2\nŚwiętosława;3\n".encode("cp1250"))

    assert decide_encoding(path).name == "cp1250"


def test_utf8_with_a_few_bytes_that_are_not_leaves_those_cells_empty(tmp_path):
    found = read(tmp_path, b"name;n\n" + "Jürgen;1\n".encode() * 20 + b"J\xfcrgen;2\n")

    assert found.file_info.options["encoding"] == "utf-8"
    assert found.told() == [(21, "bad_encoding", False, ("J\udcfcrgen", "2"))]
    assert found.rows[20] == (None, "2")


SHORT = {
    "mostly UTF-8": ("id,name\n1,Zürich\n2,Genève\n3,Bad".encode() + b"\xff\n4,ok\n", "utf-8"),
    "UTF-8 but for one letter": ("name\nZoë\nÅse\n".encode() + "Jürgen\n".encode("cp1252"), "utf-8"),
    "Western but for one letter": ("name\nZoë\nÅse\nJürgen\n".encode("cp1252") + "Ô\n".encode(), "cp1252"),
    "Japanese": ("番号,名前\n1,山田太郎\n2,鈴木一郎\n".encode("cp932"), "cp932"),
    "a Japanese header": ("日付,売上\n2024-01-05,100\n".encode("cp932"), "cp932"),
    "Japanese of half width": ("摘要,金額\nﾌﾘｺﾐ ﾀﾅｶ,1000\n".encode("cp932"), "cp932"),
    "rare signs of Japanese": ("備考\n①と②\n".encode("cp932"), "cp932"),
    "Japanese without kana in EUC": ("氏名,金額\n佐藤,100\n".encode("euc_jp"), "euc_jp"),
    "Chinese": ("姓名,金额\n张伟,100\n王芳,200\n".encode("gb18030"), "gb18030"),
    "Russian of a Mac": ("имя\nИван\nОльга\nСергей\n".encode("mac-cyrillic"), "mac-cyrillic"),
}


@pytest.mark.parametrize("name", SHORT)
def test_few_letters_are_enough(tmp_path, name):
    content, encoding = SHORT[name]

    assert read(tmp_path, content).file_info.options["encoding"] == encoding


def as_text(found):
    return "".join(";".join(cells) + "\n" for cells in [found.header, *found.rows])


def read(folder, content):
    path = folder / "t.csv"
    path.write_bytes(content)
    return read_path(path)
