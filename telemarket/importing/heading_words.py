"""The words headings are made of, in Ukrainian, Russian and English: regular expressions, one a line.

They are held against headings in small letters without punctuation; ё is е, and an apostrophe is a blank.
"""

FIELDS = (
    (
        "do_not_call",
        0.95,
        r"""
        не (дзвонити|телефонувати|звонить|турбувати)
        do not call
        ^dnc$
        """,
    ),
    (
        "consent",
        0.9,
        r"""
        згод\w* на
        соглас\w* на
        ^(згода|согласие|consent)$
        consent (to|for)
        """,
    ),
    (
        "vip",
        0.95,
        r"""
        ^(vip|віп|вип)( клієнт\w*| клиент\w*| client| status| статус)?$
        """,
    ),
    (
        "email",
        0.95,
        r"""
        e ?mail
        емейл
        імейл
        имейл
        мейл
        (ел|електр\w*|эл|электр\w*) (пошт\w*|почт\w*|адрес\w*)
        ^(пошта|почта|mail)$
        """,
    ),
    (
        "phone:fax",
        0.95,
        r"""
        факс\w*
        \bfax
        """,
    ),
    (
        "phone:mobile",
        0.95,
        r"""
        \bмоб\w*
        \bсот(ов\w*)?\b
        mobile
        \bcell
        """,
    ),
    (
        "phone:home",
        0.9,
        r"""
        (тел|phone).*(дом\b|домашн\w*|home)
        (дом\b|домашн\w*|home).*(тел|phone)
        """,
    ),
    (
        "phone:direct",
        0.9,
        r"""
        (тел|phone).*(роб\b|робоч\w*|раб\b|рабоч\w*|прям\w*|служб\w*|work|office|direct)
        (робоч\w*|рабоч\w*|прям\w*|служб\w*|work|office|business|direct).*(тел|phone)
        """,
    ),
    (
        "phone:main",
        0.9,
        r"""
        (тел|phone).*(міськ\w*|городск\w*|основн\w*|main)
        (міськ\w*|городск\w*|основн\w*|main).*(тел|phone)
        """,
    ),
    (
        "phone",
        0.95,
        r"""
        \bтел(еф\w*)?\b
        ^т$
        phone
        \btel\b
        контактн\w* номер
        номер\w* (абонент\w*|телеф\w*)
        msisdn
        viber
        whats ?app
        """,
    ),
    (
        "address:legal",
        0.95,
        r"""
        (юр|юрид\w*|legal|registered).*(адрес\w*|address)
        (адрес\w*|address).*(юр\b|юрид\w*|legal)
        """,
    ),
    (
        "address:postal",
        0.95,
        r"""
        (пошт\w*|почт\w*|postal|mailing).*(адрес\w*|address)
        (адрес\w*|address).*(пошт\w*|почт\w*)
        адрес\w* (для листування|доставки)
        """,
    ),
    (
        "address:home",
        0.9,
        r"""
        (домашн\w*|home).*(адрес\w*|address)
        (адрес\w*|address).*(прожив\w*|житель\w*|реєстр\w*|прописк\w*|регистр\w*)
        """,
    ),
    (
        "address:work",
        0.9,
        r"""
        (факт\w*|фізичн\w*|физичес\w*|робоч\w*|рабоч\w*|actual|work|business).*(адрес\w*|address)
        (адрес\w*|address).*(факт\w*|роботи|работы)
        """,
    ),
    (
        "address:other",
        0.9,
        r"""
        \bадрес\w*
        address
        місцезнаходження
        местонахождение
        """,
    ),
    (
        "site",
        0.95,
        r"""
        \b(веб )?сайт\w*
        \bsite\b
        website
        \bwww\b
        ^url$
        homepage
        веб сторінка
        """,
    ),
    (
        "surname",
        0.95,
        r"""
        ^(прізвище|фамилия|surname|last name|family name)$
        """,
    ),
    (
        "first_name",
        0.95,
        r"""
        ^(ім я|имя|first name|given name)$
        """,
    ),
    (
        "patronymic",
        0.95,
        r"""
        ^(по батькові|отчество|patronymic|middle name)$
        """,
    ),
    (
        "name",
        0.95,
        r"""
        \b(піб|пиб|фио|fio|pib)\b
        \bп і б\b
        \bф и о\b
        (прізвище|фамилия).*(ім я|имя|\bі\b|\bи\b)
        (full|contact|client|customer) name
        (контактн\w*|відповідальн\w*) (особа|лицо)
        contact person
        """,
    ),
    (
        "company",
        0.9,
        r"""
        компан\w*
        організац\w*
        организац\w*
        підприємств\w*
        предприят\w*
        \bфірм\w*
        \bфирм\w*
        контрагент\w*
        роботодав\w*
        работодат\w*
        company
        organi[sz]ation
        employer
        юр(идич\w*)? лицо
        юр(идичн\w*)? особа
        ^(назва|название|найменування|наименование)$
        """,
    ),
    (
        "position",
        0.95,
        r"""
        ^посада\w*
        должност\w*
        ^position$
        job title
        ^title$
        ^посада
        """,
    ),
    (
        "consultant",
        0.85,
        r"""
        консультант\w*
        ^(відповідальний|ответственный)( \w+)?$
        ^(responsible|account manager|consultant)$
        """,
    ),
    (
        "source",
        0.9,
        r"""
        джерело\w*
        источник\w*
        \bsource\b
        звідки (дізнал\w*|про нас)
        откуда (узнал\w*|о нас)
        """,
    ),
    (
        "region",
        0.9,
        r"""
        ^(регіон|регион|region|область|oblast|state|province)( .*)?$
        """,
    ),
    (
        "region",
        0.7,
        r"""
        ^(місто|город|city|town|нас\w* пункт|населений пункт|населенный пункт)$
        """,
    ),
    (
        "category",
        0.9,
        r"""
        ^(категор\w*|category|сегмент|segment|група|группа|group|тип клієнта|тип клиента)( .*)?$
        """,
    ),
    (
        "name",
        0.75,
        r"""
        ^(ім я|имя|name|контакт|contact)( .*)?$
        ^(клієнт|клиент|абонент|client|customer)( .*)?$
        ^(страхувальник|страхователь|застрахован\w*)( .*)?$
        """,
    ),
)
"""A target, how surely the words say so, and the words; the first that are found decide."""

CODES = (
    (
        8,
        r"""
        \b(єдрпоу|едрпоу|ердпоу|edrpou|окпо)\b
        """,
    ),
    (
        10,
        r"""
        \b(рнокпп|іпн|ипн|ідн)\b
        ідентифікаційний
        \bтax id\b
        """,
    ),
    (
        0,
        r"""
        ^(№|n|no|номер|number|код|code|id)\b
        договор\w*
        договір
        поліс\w*
        полис\w*
        contract
        policy
        паспорт
        \bінн\b
        \bинн\b
        рахун\w*
        счет\w*
        """,
    ),
)
"""Attributes that are codes, and how many digits these have (0: any number)."""

KINDS = (
    (
        "date",
        r"""
        \bдат[аи]?\b
        \bdate\b
        народжен\w*
        рожден\w*
        birth
        термін
        дійсн\w* до
        действ\w* до
        закінчен\w*
        окончан\w*
        """,
    ),
    (
        "money",
        r"""
        \bсум\w*
        залиш\w*
        остат\w*
        остач\w*
        ліміт\w*
        лимит\w*
        премі\w*
        преми\w*
        заборгован\w*
        задолжен\w*
        \bборг\w*
        \bдолг\w*
        платіж
        платеж\w*
        вартіст\w*
        стоимост\w*
        \bцін\w*
        \bцен\w*
        баланс\w*
        amount
        balance
        limit\b
        \bsum\b
        debt
        premium
        price
        грн
        uah
        usd
        eur
        """,
    ),
    (
        "number",
        r"""
        кільк\w*
        колич\w*
        \bqty\b
        quantity
        count\b
        \bвік\b
        возраст
        \bage\b
        """,
    ),
)
"""Attributes whose values are dates, money or numbers."""
