"""Courses (JSON lines, camel case, nested price), jobs (JSON, salaries, "2 Jan 2025"), podcasts (JSON in an object)."""

from __future__ import annotations

import datetime
import json
import random
from collections.abc import Sequence
from pathlib import Path

from catalogues.base import Ask, Row, Unseen, known

_TOPICS = (
    "Python",
    "Statistics",
    "Photography",
    "Marketing",
    "Cooking",
    "Guitar",
    "Machine Learning",
    "Accounting",
    "Design",
    "Writing",
)
_LEVELS = ("Beginner", "Intermediate", "Advanced")
_TEACHERS = ("Ada Brown", "Luis Ortega", "Mei Chen", "Sam Okafor", "Ines Weber")


def _courses() -> list[Row]:
    draw = random.Random(8)
    kinds = ("Introduction to", "Mastering", "Practical", "The Art of", "Weekend")
    names = [f"{kind} {topic}" for kind in kinds for topic in _TOPICS]
    out = []
    for number, name in enumerate(names, 1001):
        topic = name.removeprefix(next(kind for kind in kinds if name.startswith(kind))).strip()
        out.append(
            {
                "id": str(number),
                "name": name,
                "topics": sorted({topic, draw.choice(_TOPICS)}),
                "hours": draw.choice((2, 4.5, 8, 12, 20, 36, 60)),
                "level": draw.choice(_LEVELS),
                "language": draw.choice(("English", "English", "Spanish", "German")),
                "start": datetime.date(2025, draw.randint(1, 6), draw.randint(1, 28)),
                "price": draw.choice((0, 19.99, 49.0, 99.5, 199.0, None)),
                "certificate": draw.random() < 0.5,
                "teacher": draw.choice(_TEACHERS),
            }
        )
    return out


def _write_courses(rows: Sequence[Row], folder: Path) -> Path:
    path = folder / "courses.jsonl"
    lines = [
        {
            "courseId": int(r["id"]), "courseTitle": r["name"], "topics": r["topics"], "durationHours": r["hours"],
            "level": r["level"], "language": r["language"], "startDate": r["start"].isoformat() + "T09:00:00Z",
            "price": {"amount": r["price"], "currency": "USD"}, "hasCertificate": r["certificate"],
            "instructor": {"name": r["teacher"]}, "thumbnailUrl": f"https://example.org/{r['id']}.png",
        }
        for r in rows
    ]  # fmt: skip
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return path


COURSES = Unseen(
    "courses",
    _courses(),
    _write_courses,
    (
        Ask("a beginner course", lambda r: r["level"] == "Beginner"),
        Ask("courses for beginners", lambda r: r["level"] == "Beginner"),
        Ask("something advanced in Spanish", lambda r: r["level"] == "Advanced" and r["language"] == "Spanish"),
        Ask("a python course", lambda r: "Python" in r["topics"]),
        Ask(
            "machine learning, not for beginners",
            lambda r: "Machine Learning" in r["topics"] and r["level"] != "Beginner",
        ),
        Ask("under $50", lambda r: known(r["price"], lambda p: p < 50)),
        Ask(
            "a course for less than 100 dollars in German",
            lambda r: known(r["price"], lambda p: p < 100) and r["language"] == "German",
        ),
        Ask("a free course", lambda r: r["price"] == 0),
        Ask("no more than 10 hours", lambda r: r["hours"] <= 10),
        Ask("a course shorter than 5 hours", lambda r: r["hours"] < 5),
        Ask("at least 20 hours", lambda r: r["hours"] >= 20),
        Ask("starting in January", lambda r: r["start"].month == 1),
        Ask("starting in March 2025", lambda r: (r["start"].year, r["start"].month) == (2025, 3)),
        Ask("starts after April 2025", lambda r: r["start"] > datetime.date(2025, 4, 30)),
        Ask("starting before February 15, 2025", lambda r: r["start"] < datetime.date(2025, 2, 15)),
        Ask("with a certificate", lambda r: r["certificate"]),
        Ask("without a certificate", lambda r: not r["certificate"]),
        Ask("taught by Mei Chen", lambda r: r["teacher"] == "Mei Chen"),
        Ask("anything but English", lambda r: r["language"] != "English"),
        Ask(
            "intermediate or advanced guitar",
            lambda r: r["level"] in ("Intermediate", "Advanced") and "Guitar" in r["topics"],
        ),
        Ask("a short course on photography", lambda r: "Photography" in r["topics"] and r["hours"] <= 8),
        Ask(
            "a course in English with certificate under $200",
            lambda r: r["language"] == "English" and r["certificate"] and known(r["price"], lambda p: p < 200),
        ),
        Ask("I don't want anything with accounting", lambda r: "Accounting" not in r["topics"]),
    ),
)


def _jobs() -> list[Row]:
    draw = random.Random(13)
    titles = (
        "Data Analyst",
        "Backend Engineer",
        "Nurse",
        "Product Manager",
        "UX Designer",
        "Electrician",
        "Teacher",
        "Sales Manager",
    )
    skills = ("SQL", "Python", "Excel", "Java", "Figma", "German", "Driving Licence", "Kubernetes", "Negotiation")
    out = []
    for number in range(1, 81):
        low = draw.randrange(28, 90) * 1000
        out.append(
            {
                "id": f"J{number}",
                "name": f"{draw.choice(('Junior', 'Senior', 'Lead', ''))} {draw.choice(titles)}".strip(),
                "company": draw.choice(("Acme", "Borealis", "Cobalt", "Dynamo", "Evergreen")),
                "city": draw.choice(("London", "Leeds", "Bristol", "Glasgow")),
                "remote": draw.random() < 0.4,
                "salary": low,
                "contract": draw.choice(("full-time", "part-time", "contract")),
                "skills": sorted(draw.sample(skills, draw.randint(1, 4))),
                "posted": datetime.date(2025, draw.randint(1, 3), draw.randint(1, 28)),
                "years": draw.choice((0, 1, 2, 3, 5, 8)),
            }
        )
    return out


def _write_jobs(rows: Sequence[Row], folder: Path) -> Path:
    path = folder / "jobs.json"
    out = [
        {
            "jobId": r["id"], "jobTitle": r["name"], "company": r["company"], "location": r["city"], "remote": r["remote"],
            "Salary (GBP)": f"£{r['salary']:,}", "employment_type": r["contract"], "skills": "; ".join(r["skills"]),
            "Date Posted": r["posted"].strftime("%d %b %Y"), "years_experience": r["years"],
        }
        for r in rows
    ]  # fmt: skip
    path.write_text(json.dumps(out), encoding="utf-8")
    return path


JOBS = Unseen(
    "jobs",
    _jobs(),
    _write_jobs,
    (
        Ask("remote jobs", lambda r: r["remote"]),
        Ask("a job in Leeds", lambda r: r["city"] == "Leeds"),
        Ask("part-time work in London", lambda r: r["contract"] == "part-time" and r["city"] == "London"),
        Ask("full time and remote", lambda r: r["contract"] == "full-time" and r["remote"]),
        Ask("salary above £60,000", lambda r: r["salary"] > 60000),
        Ask("at least 50k", lambda r: r["salary"] >= 50000),
        Ask("paying more than 70000 pounds", lambda r: r["salary"] > 70000),
        Ask("jobs that need Python", lambda r: "Python" in r["skills"]),
        Ask("jobs with SQL and Excel", lambda r: {"SQL", "Excel"} <= set(r["skills"])),
        Ask("without a driving licence", lambda r: "Driving Licence" not in r["skills"]),
        Ask("posted in February 2025", lambda r: r["posted"].month == 2),
        Ask("posted after 15 March 2025", lambda r: r["posted"] > datetime.date(2025, 3, 15)),
        Ask("not at Acme", lambda r: r["company"] != "Acme"),
        Ask("a job by Borealis or Cobalt", lambda r: r["company"] in ("Borealis", "Cobalt")),
        Ask("no more than 2 years of experience", lambda r: r["years"] <= 2),
        Ask("less than 3 years experience in Bristol", lambda r: r["years"] < 3 and r["city"] == "Bristol"),
        Ask("not remote", lambda r: not r["remote"]),
        Ask("a contract in Glasgow", lambda r: r["contract"] == "contract" and r["city"] == "Glasgow"),
        Ask("between 40,000 and 60,000 pounds", lambda r: 40000 <= r["salary"] <= 60000),
        Ask("£30k to £45k", lambda r: 30000 <= r["salary"] <= 45000),
    ),
)


def _podcasts() -> list[Row]:
    draw = random.Random(21)
    first = ("Deep", "Daily", "Slow", "Hidden", "Open", "Small", "Late", "Curious")
    second = ("Current", "Signal", "Histories", "Kitchen", "Minds", "Markets", "Forest", "Verdict")
    names = [f"{a} {b}" for a in first for b in second]
    draw.shuffle(names)
    topics = ("true crime", "history", "science", "comedy", "business", "sport", "health", "politics")
    return [
        {
            "id": str(number),
            "name": name,
            "topics": sorted(draw.sample(topics, draw.randint(1, 3))),
            "minutes": draw.randint(8, 120),
            "explicit": draw.random() < 0.3,
            "language": draw.choice(("English", "French", "Dutch")),
            "episodes": draw.randint(3, 900),
            "since": draw.randint(2008, 2024),
            "host": draw.choice(("Ruth Adler", "Omar Said", "Kim Larsen", "Joe Doyle")),
        }
        for number, name in enumerate(names, 1)
    ]


def _write_podcasts(rows: Sequence[Row], folder: Path) -> Path:
    path = folder / "podcasts.json"
    out = [
        {
            "guid": r["id"], "show": r["name"], "topics": r["topics"], "avg_length": f"{r['minutes'] // 60}h {r['minutes'] % 60}m" if r["minutes"] >= 60 else f"{r['minutes']} min",
            "isExplicit": int(r["explicit"]), "lang": r["language"], "episodes": r["episodes"], "since_year": r["since"],
            "meta": {"host": r["host"]},
        }
        for r in rows
    ]  # fmt: skip
    path.write_text(json.dumps({"podcasts": out}), encoding="utf-8")
    return path


PODCASTS = Unseen(
    "podcasts",
    _podcasts(),
    _write_podcasts,
    (
        Ask("a comedy podcast", lambda r: "comedy" in r["topics"]),
        Ask("history or science", lambda r: bool({"history", "science"} & set(r["topics"]))),
        Ask("true crime under half an hour", lambda r: "true crime" in r["topics"] and r["minutes"] < 30),
        Ask("episodes shorter than 20 minutes", lambda r: r["minutes"] < 20),
        Ask("longer than an hour", lambda r: r["minutes"] > 60),
        Ask("nothing explicit", lambda r: not r["explicit"]),
        Ask("a french podcast", lambda r: r["language"] == "French"),
        Ask("in Dutch, about business", lambda r: r["language"] == "Dutch" and "business" in r["topics"]),
        Ask("hosted by Ruth Adler", lambda r: r["host"] == "Ruth Adler"),
        Ask("more than 500 episodes", lambda r: r["episodes"] > 500),
        Ask("fewer than 100 episodes", lambda r: r["episodes"] < 100),
        Ask("no politics please", lambda r: "politics" not in r["topics"]),
        Ask("since 2020", lambda r: r["since"] >= 2020),
        Ask("something with Kim Larsen about sport", lambda r: r["host"] == "Kim Larsen" and "sport" in r["topics"]),
        Ask("between 30 and 60 minutes", lambda r: 30 <= r["minutes"] <= 60),
        Ask("not explicit and in English", lambda r: not r["explicit"] and r["language"] == "English"),
        Ask("an hour and a half at most", lambda r: r["minutes"] <= 90),
    ),
)
