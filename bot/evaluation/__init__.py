"""What needs conversations to be measured: simulated people talk with the bot, and what they get is counted.

`people.py` who they are, `wishes.py` what they want, `speech.py` how they talk, `person.py` what they do each turn;
`held_out.py` a ranker that never saw them; `conversation.py` a turn without writer and SQL; `policies.py` the policies
compared with; `dialogue.py` the dialogues, `figures.py` what is reported.
"""
