"""Names of people of many cultures, in the forms in which people write them.

Sources: Faker's person providers (MIT), and lists of romanised and of further names written for this project. A tenth of all
name parts (by hash) is kept for development texts, so that scores tell how unknown names fare.
"""

# ruff: noqa: ISC004  (long lists of words)

from __future__ import annotations

import importlib
import random
import zlib
from dataclasses import dataclass, field, replace
from functools import cache

from training.common.more_names import MORE

__all__ = ["CULTURES", "Culture", "Person", "blended", "cultures", "held_out", "person"]

_LOCALES = {
    # culture: (weight, Faker locales)
    "us": (30, ("en_US",)),
    "gb": (12, ("en_GB",)),
    "en": (4, ("en",)),
    "ie": (3, ("en_IE",)),
    "nz": (3, ("en_NZ",)),
    "in": (7, ("en_IN",)),
    "pk": (2, ("en_PK",)),
    "ke": (2, ("en_KE",)),
    "de": (9, ("de_DE", "de_AT", "de_CH")),
    "fr": (7, ("fr_FR", "fr_CA", "fr_BE", "fr_CH")),
    "es": (10, ("es_ES", "es_MX", "es_CO", "es_AR", "es_CL")),
    "it": (6, ("it_IT",)),
    "nl": (5, ("nl_NL", "nl_BE")),
    "pt": (6, ("pt_PT", "pt_BR")),
    "pl": (6, ("pl_PL",)),
    "cz": (2, ("cs_CZ", "sk_SK")),
    "dk": (1, ("da_DK", "no_NO")),
    "se": (2, ("sv_SE", "fi_FI")),
    "tr": (2, ("tr_TR", "az_AZ")),
    "ro": (2, ("ro_RO",)),
    "hu": (1, ("hu_HU",)),
    "hr": (1, ("hr_HR", "sl_SI")),
    "lt": (1, ("lt_LT", "lv_LV", "et_EE")),
    "id": (1, ("id_ID",)),
    "yo": (1, ("yo_NG",)),
    "zu": (1, ("zu_ZA",)),
}

_LISTS: dict[str, tuple[int, str, str]] = {
    "arab": (
        4,
        "Ahmed Mohammed Muhammad Mohamed Omar Ali Hassan Hussein Ibrahim Khalid Youssef Yusuf Abdullah Abdul Karim Tariq Faisal Bilal"
        " Mahmoud Mustafa Nasser Rashid Salim Sami Samir Walid Ziad Fatima Aisha Layla Leila Noor Nour Huda Amina Maryam Mariam Zainab"
        " Khadija Yasmin Yasmine Salma Rania Dina Hala Lina Samira Nadia Reem Sara Jamal Hamza Anas Adnan Amr Tarek Imran Zayd Idris",
        "Al-Masri Haddad Khoury Nasser Mansour Al-Farsi Rahman Hussain Hassan Saleh Salem Aziz Hakim Al-Sayed El-Amin Mahfouz Najjar"
        " Barakat Shaheen Sharif Qureshi Ansari Siddiqui Abbas Amiri Bakr Daoud Darwish Fakhoury Ghanem Hamdan Issa Jaber Kanaan Karam"
        " Khalil Maalouf Nassar Odeh Qasim Rizk Sabbagh Saad Taha Yassin Zaki Benali Boukhari Bouzid Cherkaoui El-Fassi Haddou Ziani",
    ),
    "chinese": (
        5,
        "Wei Xin Yi Jing Ming Hua Li Na Fang Jun Lei Yan Hui Ying Qiang Min Jie Tao Ping Gang Xiao Yu Mei Ling Zhen Bo Chao Hao Kai Long"
        " Rui Shan Ting Xia Yang Zhi Jia Xiaoming Xiaoli Yifan Zihan Haoran Yuxuan Jiaying Meiling Weijun Jianguo Guoqiang Lihua Xiuying"
        " Yating Chia-Hao Mei-Ling Wei-Ting Siu-Ming Ka-Wai Hoi-Yan Zhiyuan Tianyu Ruoxi Shuang Qing Peng Feng",
        "Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Hu Guo He Lin Gao Luo Zheng Liang Xie Song Tang Deng Han Feng Cao"
        " Peng Zeng Xiao Tian Dong Pan Yuan Cai Jiang Yu Du Ye Cheng Wei Su Lu Ding Ren Yao Shen Zhong Cui Tan Fan Jin Shi Liao Jia Xia"
        " Fu Fang Bai Zou Meng Xiong Qin Qiu Hou Yin Xue Lei Long Duan Hao Kong Mao Chang Wan Gu Lai Wong Chan Cheung Leung Lau Ng Kwok"
        " Hsu Tsai Lee Ho Chow Yeung Tsang",
    ),
    "japanese": (
        3,
        "Haruto Yuto Sota Yuki Hayato Haruki Ryota Kenji Takashi Hiroshi Akira Satoshi Daisuke Kazuki Makoto Naoki Shinji Takeshi Tetsuya"
        " Yusuke Sakura Hina Yui Aoi Misaki Nanami Ayaka Emi Keiko Yoko Naomi Tomoko Kumiko Michiko Chiaki Haruka Mai Mika Rina Sayuri",
        "Sato Suzuki Takahashi Tanaka Watanabe Ito Yamamoto Nakamura Kobayashi Kato Yoshida Yamada Sasaki Yamaguchi Matsumoto Inoue Kimura"
        " Hayashi Shimizu Saito Mori Abe Ikeda Hashimoto Ishikawa Ogawa Okada Hasegawa Fujita Goto Kondo Murakami Endo Aoki Sakamoto Fukuda"
        " Nishimura Miura Fujii Okamoto Matsuda Nakagawa Harada Ono Tamura Takeuchi Wada Ishida Ueda Morita Hara Shibata Sakai Kudo Miyazaki",
    ),
    "korean": (
        3,
        "Min-jun Seo-yeon Ji-hoon Ji-woo Hyun-woo Soo-jin Eun-ji Jae-hyun Dong-hyun Sung-min Young-ho Mi-kyung Hye-jin Yoo-jin Minji Jisoo"
        " Jihye Sooyoung Taehyung Jiwon Hana Yuna Minseo Doyoon Seojun Hayoon Jiho Junseo Yejin Chaewon Sang-woo Kyung-soo Byung-hun",
        "Kim Lee Park Choi Jung Jeong Kang Cho Yoon Jang Lim Han Shin Seo Kwon Hwang Ahn Song Yoo Hong Jeon Ko Moon Yang Son Bae Baek Heo"
        " Nam Noh Ha Joo Cha Koo Min Ryu Oh Na Ji Chae Bang Pyo",
    ),
    "viet": (
        2,
        "Anh Minh Hoang Tuan Dung Hung Linh Lan Mai Thu Huong Phuong Trang Thao Van Quang Duc Long Nam Khanh Bao Chi Giang Hai Hanh Khoa"
        " Kim Loan My Nga Ngoc Nhung Quynh Son Tam Thanh Thuy Tien Trinh Trung Tu Tuyet Vinh Yen Đức Hương Thảo Nguyệt",
        "Nguyen Tran Le Pham Hoang Huynh Phan Vu Vo Dang Bui Do Ho Ngo Duong Ly Nguyễn Trần Lê Phạm Đặng Bùi Đỗ Truong Dinh Lam Mai",
    ),
    "slavic": (
        4,
        "Alexander Aleksandr Dmitri Dmitry Sergei Sergey Ivan Andrei Andrey Alexei Aleksey Mikhail Nikolai Vladimir Yuri Boris Pavel Oleg"
        " Igor Maxim Anastasia Anna Maria Elena Olga Tatiana Natalia Irina Svetlana Ekaterina Yulia Oksana Ludmila Galina Daria Polina"
        " Ksenia Oleksandr Volodymyr Bohdan Taras Mykola Andriy Oleksiy Kateryna Olena Iryna Yaroslav Stanislav Vyacheslav Zoya Milica"
        " Jovana Dragan Milan Nikola Stefan Marko Petar Georgi Dimitar Ivaylo Desislava",
        "Ivanov Ivanova Petrov Petrova Smirnov Smirnova Kuznetsov Kuznetsova Popov Popova Sokolov Sokolova Lebedev Kozlov Novikov Morozov"
        " Volkov Volkova Solovyov Vasiliev Zaitsev Pavlov Semenov Golubev Vinogradov Bogdanov Vorobyov Fedorov Mikhailov Belyaev Tarasov"
        " Belov Komarov Orlov Kiselev Makarov Andreev Kovalenko Shevchenko Bondarenko Tkachenko Kravchenko Oliynyk Kovalchuk Melnyk Polishchuk"
        " Lysenko Petrenko Savchenko Marchenko Jovanović Petrović Nikolić Marković Đorđević Stojanović Ilić Stanković Pavlović Milošević"
        " Dimitrov Georgiev Todorova Hristov Angelov Horvat Kovačević Babić",
    ),
    "african": (
        4,
        "Chinedu Emeka Ngozi Chiamaka Oluwaseun Adebayo Folake Temitope Babatunde Yetunde Kwame Kofi Ama Akua Kwesi Abena Yaw Esi Amara"
        " Chidi Ifeoma Obinna Uche Tunde Sade Bola Funmi Segun Wanjiru Kamau Njeri Otieno Achieng Mwangi Wambui Kipchoge Chebet Juma Asha"
        " Neema Baraka Tendai Rudo Tariro Farai Thabo Lerato Sipho Nomsa Zanele Themba Mandla Abebe Tigist Dawit Hana Selam Yonas Mamadou"
        " Fatou Aminata Ousmane Moussa Cheikh Awa Ibrahima Seydou Kouassi Aïssatou",
        "Okafor Okonkwo Adeyemi Adebayo Eze Nwosu Obi Okoro Balogun Afolabi Ogunleye Bello Abubakar Musa Mensah Owusu Asante Boateng Osei"
        " Appiah Agyeman Amoah Ofori Kamau Mwangi Otieno Odhiambo Wanjiku Njoroge Kariuki Kimani Ochieng Mutua Kiptoo Moyo Ncube Ndlovu"
        " Sibanda Dube Chikwanda Nkosi Dlamini Khumalo Mokoena Zulu Mthembu Naidoo Tesfaye Bekele Haile Gebre Alemu Diallo Traoré Keita"
        " Diop Ndiaye Fall Sow Ba Cissé Touré Koné Coulibaly Ouattara Mbeki Chukwu Achebe Nwachukwu",
    ),
    "persian": (
        2,
        "Reza Amir Hossein Mehdi Arash Babak Behnam Dariush Farhad Kamran Kaveh Navid Omid Parviz Saeed Shahin Siavash Azadeh Fereshteh"
        " Golnaz Laleh Mahsa Maryam Mina Nasrin Nazanin Parisa Roya Shirin Soraya Yasaman Zahra Farid Avi Moshe Yael Noa Eitan Shira Tamar"
        " Ari Yosef Rivka Chana Giorgi Nino Armen Ani",
        "Ahmadi Hosseini Rezaei Karimi Mohammadi Jafari Moradi Rahimi Sadeghi Tehrani Shirazi Farahani Ebrahimi Ghasemi Kazemi Azizi Bagheri"
        " Cohen Levy Mizrahi Peretz Biton Friedman Goldberg Katz Shapiro Ben-David Avraham Rosenberg Kaplan Beridze Petrosyan Sargsyan",
    ),
    "filipino": (
        2,
        "Jose Maria Juan Angelica Mark John Paul Jerome Rowena Maricel Jhon Kristine Joy Grace Ronaldo Rodrigo Jasmine Althea Princess Nathaniel"
        " Budi Siti Dewi Putri Agus Wayan Made Ketut Nurul Aisyah Rizal Hafiz Farah Aziz Somchai Siriporn Nattapong Apinya Kanya Malee",
        "dela Cruz Santos Reyes Bautista Ocampo Garcia Mendoza Villanueva Aquino Ramos Castro Salazar Pascual Soriano Valdez Magsaysay Macaraeg"
        " Santoso Wijaya Hidayat Saputra Kusuma Abdullah Ismail Rahim Chaiyasit Srisai Wongsakul Suwan",
    ),
}

_PREFIX = ("van", "de", "van der", "von", "di", "da", "del", "de la", "dos", "van den", "le", "bin", "al", "ter")


def held_out(word: str) -> bool:
    """Return whether a name part belongs to development texts only."""
    return zlib.crc32(word.lower().encode()) % 10 == 3


@dataclass(frozen=True)
class Culture:
    """First and last names that go together."""

    key: str
    weight: int
    first: tuple[str, ...] = field(repr=False)
    last: tuple[str, ...] = field(repr=False)


def _flat(value: object) -> list[str]:
    if isinstance(value, dict):
        value = list(value)
    if not isinstance(value, (tuple, list)):
        return []
    return [str(item[0] if isinstance(item, tuple) else item).strip() for item in value]


def _provider_names(locale: str) -> tuple[list[str], list[str]]:
    provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
    parts: dict[str, list[str]] = {"first": [], "last": []}
    for attribute in dir(provider):
        for kind, prefix in (("first", "first_name"), ("last", "last_name")):
            if attribute.startswith(prefix) and "roman" not in attribute:
                parts[kind] += _flat(getattr(provider, attribute))
    return (
        sorted({name for name in parts["first"] if len(name) > 1 and len(name) < 25}),
        sorted({name for name in parts["last"] if len(name) > 1 and len(name) < 25}),
    )


def _with_more(culture: Culture) -> Culture:
    first, last = MORE.get(culture.key, ("", ""))
    return replace(
        culture,
        first=tuple(dict.fromkeys((*culture.first, *first.split()))),
        last=tuple(dict.fromkeys((*culture.last, *last.split()))),
    )


@cache
def cultures() -> tuple[Culture, ...]:
    """Return all cultures."""
    found = []
    for key, (weight, locales) in _LOCALES.items():
        first: list[str] = []
        last: list[str] = []
        for locale in locales:
            given, family = _provider_names(locale)
            first += given
            last += family
        found.append(_with_more(Culture(key, weight, tuple(first), tuple(last))))
    for key, (weight, given_names, family_names) in _LISTS.items():
        family = tuple(family_names.replace("dela Cruz", "Cruz").split())
        found.append(_with_more(Culture(key, weight, tuple(given_names.split()), family)))
    return tuple(found)


_BLENDED = 0.2
"""Of the name parts of a person who may bear any, so many are put together of two."""
CULTURES = tuple(_LOCALES) + tuple(_LISTS)


@dataclass(frozen=True)
class Person:
    """A name and its parts."""

    first: str
    last: str
    middle: str

    @property
    def full(self) -> str:
        """First and last name."""
        return f"{self.first} {self.last}"


@cache
def _pool(key: str, *, dev: bool | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    culture = next(c for c in cultures() if c.key == key)
    first = tuple(name for name in culture.first if held_out(name) is dev) or culture.first
    last = tuple(name for name in culture.last if held_out(name) is dev) or culture.last
    return first, last


def blended(rng: random.Random, one: str, other: str, share: float, least: int = 2) -> str:
    """Return `one`, or in a `share` of cases its beginning, `least` letters or more, with the end of `other`."""
    if rng.random() > share or min(len(one), len(other)) < least + 2:
        return one
    return one[: rng.randint(least, len(one) - 1)] + other[-rng.randint(2, len(other) - 2) :].lower()


def _blend(rng: random.Random, one: str, other: str) -> str:
    return blended(rng, one, other, _BLENDED if (one + other).isalpha() else 0)


def person(rng: random.Random, *, dev: bool | None = False, culture: str = "") -> Person:
    """Return a random person; `dev`: True of the held-out name parts only, False without them, None of all.

    None also puts a part together of two now and then: no list holds it, and it looks like a name.
    """
    every = cultures()
    key = culture or rng.choices([c.key for c in every], [c.weight for c in every])[0]
    first_names, last_names = _pool(key, dev=dev)
    first, last = rng.choice(first_names), rng.choice(last_names)
    if rng.random() < 0.06:  # families move
        other = rng.choices([c.key for c in every], [c.weight for c in every])[0]
        last = rng.choice(_pool(other, dev=dev)[1])
    if dev is None:
        first = _blend(rng, first, rng.choice(first_names))
        last = _blend(rng, last, rng.choice(last_names))
    chance = rng.random()
    if chance < 0.05:
        last = f"{last}-{rng.choice(last_names)}"
    elif chance < 0.08 and key in {"nl", "de", "es", "pt", "fr", "it", "us"}:
        last = f"{rng.choice(_PREFIX)} {last}"
    elif chance < 0.3 and key in {"es", "pt"}:
        last = f"{last} {rng.choice(last_names)}"
    middle = rng.choice(first_names) if rng.random() < 0.5 else rng.choice("ABCDEFGHJKLMNPRSTW") + "."
    if rng.random() < 0.04:
        first = f"{first}{rng.choice('- ')}{rng.choice(first_names)}"
    return Person(first, last, middle)
