"""What is said at the other end of a call, by language. No text of one split is in the other."""

HELLO = {
    "train": {
        "uk": ("Алло?", "Так?", "Слухаю.", "Слухаю вас.", "Алло, слухаю!", "Так, алло."),
        "ru": ("Алло?", "Да?", "Слушаю.", "Слушаю вас.", "Алло, да, слушаю.", "Алё!"),
        "en": ("Hello?", "Yes?", "Hi.", "Hello, who is it?", "Yes, hello.", "Good morning."),
    },
    "test": {
        "uk": ("Ало!", "Так, слухаю вас уважно.", "Хто це?"),
        "ru": ("Да, алло!", "Говорите.", "Я слушаю."),
        "en": ("Hey, hello.", "Speaking.", "Yeah?"),
    },
}
NAMED = {
    "train": {
        "uk": ("Коваленко слухає.", "Це Олена, слухаю.", "Квартира Шевченків, алло."),
        "ru": ("Иванов слушает.", "Анна у телефона.", "Квартира Петровых, слушаю."),
        "en": ("Anna speaking.", "John Smith here.", "This is Mary, hello."),
    },
    "test": {
        "uk": ("Бондаренко на лінії, добрий день.", "Марія, слухаю вас."),
        "ru": ("Сидоров на проводе.", "Да, это Сергей."),
        "en": ("Doctor Brown's phone, hello.", "Peter Miller, good afternoon."),
    },
}
COMPANY = {
    "train": {
        "uk": (
            "Компанія Обрій, добрий день, чим можу допомогти?",
            "Магазин Будинок, менеджер Тарас, слухаю вас.",
            "Добрий день, аптека на Садовій.",
            "Служба доставки Стриж, оператор Віталій, доброго ранку. Я вас слухаю.",
            "Школа номер сім.",
        ),
        "ru": (
            "Компания Горизонт, добрый день, чем могу помочь?",
            "Автосервис, Дмитрий, здравствуйте.",
            "Здравствуйте, стоматология Улыбка, меня зовут Ольга.",
            "Служба доставки Стриж, оператор Виталий, доброе утро. Я вас слушаю.",
            "Школа номер семь.",
        ),
        "en": (
            "Good morning, Horizon Travel, how can I help you?",
            "City Dental, Susan speaking, good afternoon.",
            "Thank you for calling Brown and Sons, this is Kate.",
            "Swift Delivery, good morning. My name is Victor, what can I do for you today?",
            "Number seven school.",
        ),
    },
    "test": {
        "uk": ("Приймальня директора, доброго ранку, слухаю вас.", "Доброго дня, таксі Світанок, куди їдемо?"),
        "ru": ("Бухгалтерия завода, добрый день, Нина Петровна.", "Гостиница Волна, администратор Юлия, слушаю вас."),
        "en": (
            "Front desk, Lakeside Hotel, may I help you?",
            "Good afternoon, Parker Law, who would you like?",
        ),
    },
}
SECOND = {
    "train": {
        "uk": ("Алло, хто там?", "Говоріть!", "Вас не чути."),
        "ru": ("Алло, кто это?", "Говорите!", "Вас не слышно."),
        "en": ("Hello, who is there?", "Is anybody there?", "I can't hear you."),
    },
    "test": {
        "uk": ("Я вас не чую.", "Ало, ало!"),
        "ru": ("Ничего не слышу.", "Алло, алло!"),
        "en": ("Hello, can you hear me?", "Who's calling?"),
    },
}
ASIDE = {
    "train": {
        "uk": ("Зачекай, мені дзвонять.", "Тихо, я розмовляю."),
        "ru": ("Подожди, мне звонят.", "Сделай потише."),
        "en": ("Wait, I am on the phone.", "Turn that down, please."),
    },
    "test": {
        "uk": ("Хвилинку, не кричи.",),
        "ru": ("Минуту, потом поговорим.",),
        "en": ("Hold on, I'll be right there.",),
    },
}
# A machine says one of each, or leaves one out.
MACHINE_OPENING = {
    "train": {
        "uk": (
            "Вітаю. Ви зателефонували Олені.",
            "Це автовідповідач компанії Обрій.",
            "Привіт, це Андрій.",
            "Добрий день!",
        ),
        "ru": (
            "Здравствуйте. Вы позвонили Ивану.",
            "Это автоответчик компании Горизонт.",
            "Привет, это Миша.",
            "Алло.",
        ),
        "en": (
            "Hi, you have reached Anna.",
            "Thank you for calling Horizon Travel.",
            "Hey, it's John.",
            "Hello, this is the voicemail of David and Sarah.",
        ),
    },
    "test": {
        "uk": ("Ви зателефонували родині Мельник.", "Голосова скринька абонента.", "Вітаємо, це студія Лотос."),
        "ru": ("Вы позвонили в семью Кузнецовых.", "Голосовой почтовый ящик.", "Добрый день, это нотариус Белова."),
        "en": (
            "Hello. You've reached the mailbox of Peter Miller.",
            "Your call has been forwarded to an automated voice messaging system.",
            "Hi there, this is Laura's phone.",
        ),
    },
}
MACHINE_REASON = {
    "train": {
        "uk": (
            "Зараз я не можу відповісти на ваш дзвінок.",
            "Ми працюємо з дев'ятої до вісімнадцятої години, субота і неділя вихідні.",
            "Мене немає вдома.",
            "Абонент не може прийняти ваш дзвінок.",
        ),
        "ru": (
            "Сейчас я не могу ответить на ваш звонок.",
            "Мы работаем с девяти до восемнадцати часов, суббота и воскресенье выходные.",
            "Меня нет дома.",
            "Абонент не может принять ваш звонок.",
        ),
        "en": (
            "I can't come to the phone right now.",
            "Our office is closed. Our hours are nine to five, Monday to Friday.",
            "I'm probably out with the dog.",
            "The person you are calling is not available.",
        ),
    },
    "test": {
        "uk": ("На жаль, нас зараз немає.", "Усі співробітники зайняті або вже пішли додому."),
        "ru": ("К сожалению, нас сейчас нет.", "Все сотрудники заняты или уже ушли домой."),
        "en": ("Sorry I missed you.", "All of us are either away from the desk or on another line."),
    },
}
MACHINE_REQUEST = {
    "train": {
        "uk": (
            "Залиште, будь ласка, повідомлення після звукового сигналу.",
            "Передзвоніть пізніше, або скажіть, що передати.",
            "Скажіть щось після гудка.",
        ),
        "ru": (
            "Пожалуйста, оставьте сообщение после звукового сигнала.",
            "Перезвоните позже, или скажите, что передать.",
            "Говорите после гудка.",
        ),
        "en": (
            "Please leave a message after the tone.",
            "At the tone, please record your message. When you have finished recording, you may hang up.",
            "You know what to do.",
        ),
    },
    "test": {
        "uk": ("Назвіть своє ім'я та номер, ми передзвонимо.", "Для завершення запису покладіть слухавку."),
        "ru": ("Назовите имя и номер, мы перезвоним.", "Для завершения записи положите трубку."),
        "en": ("Leave your name and number, and I'll call you back.", "Please record after the beep."),
    },
}
UNAVAILABLE = {
    "train": {
        "uk": (
            "Абонент тимчасово недоступний. Спробуйте зателефонувати пізніше.",
            "На вашому рахунку недостатньо коштів для здійснення дзвінка.",
        ),
        "ru": (
            "Телефон абонента выключен или находится вне зоны действия сети. Попробуйте перезвонить позднее.",
            "Неправильно набран номер.",
        ),
        "en": (
            "The subscriber you have dialed is temporarily unavailable. Please try again later.",
            "We're sorry. Your call cannot be completed as dialed.",
        ),
    },
    "test": {
        "uk": ("На даний момент абонент не може прийняти ваш дзвінок. Передзвоніть, будь ласка, пізніше.",),
        "ru": ("Набранный вами номер не обслуживается. Проверьте правильность набранного номера.",),
        "en": ("The number you have called is not in service. Please check the number and dial again.",),
    },
}
# An assistant says one of each.
ASSISTANT_OPENING = {
    "train": {
        "uk": ("Вітаю! Абонент користується сервісом фільтрації дзвінків.", "Добрий день, я цифровий помічник Ірини."),
        "ru": ("Здравствуйте! Я электронный помощник абонента.", "Вам отвечает робот секретарь. Абонент занят."),
        "en": (
            "Hi, the person you're calling is using a screening service and will get a copy of this conversation.",
            "Hello, I am the virtual assistant of Mister Brown.",
        ),
    },
    "test": {
        "uk": ("Доброго дня, це віртуальний секретар. Абонент зараз на нараді.",),
        "ru": ("Привет, это голосовой ассистент. Человек, которому вы звоните, сейчас занят.",),
        "en": ("Hello, this call is being screened. It may be recorded.",),
    },
}
ASSISTANT_QUESTION = {
    "train": {
        "uk": ("Назвіть, будь ласка, своє ім'я та мету дзвінка.", "Хто ви, і чому телефонуєте?"),
        "ru": ("Скажите, пожалуйста, кто звонит и по какому вопросу?", "Что передать?"),
        "en": (
            "Go ahead and say your name, and why you're calling.",
            "If you record your name and reason for calling, I'll see if this person is available.",
        ),
    },
    "test": {
        "uk": ("Представтеся, будь ласка, і скажіть, що передати абоненту.",),
        "ru": ("Расскажите, зачем вы звоните, я всё передам.",),
        "en": ("Before I put you through, please state your name and company.",),
    },
}
