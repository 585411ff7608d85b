"""Recipes, as a JSON list without any behaviour: times in minutes, nested facts, lists, flags as yes and no."""

from __future__ import annotations

import json
from pathlib import Path

from retrieval.importing.reading import Files

# name; cuisine; course; minutes; calories; servings; vegan; vegetarian; difficulty; spice 0-3; ingredients; method
ROWS = tuple(
    tuple(cell.strip() for cell in line.split(";"))
    for line in """
Chickpea Curry; Indian; main; 35; 420; 4; yes; yes; easy; 2; chickpeas, tomatoes, onion, garlic, coconut milk, rice; Simmer until thick.
Chicken Tikka Masala; Indian; main; 60; 610; 4; no; no; medium; 2; chicken, yogurt, tomatoes, cream, garlic, rice; Marinate, grill and simmer.
Palak Paneer; Indian; main; 40; 480; 3; no; yes; medium; 1; spinach, paneer, onion, cream, garlic; Blend the spinach and fold in the cheese.
Red Lentil Dal; Indian; main; 30; 350; 4; yes; yes; easy; 1; red lentils, onion, garlic, ginger, tomatoes; Boil and temper with spices.
Vindaloo; Indian; main; 90; 690; 5; no; no; hard; 3; pork, vinegar, garlic, chillies, potatoes; Marinate overnight and braise.
Mango Lassi; Indian; drink; 5; 210; 2; no; yes; easy; 0; mango, yogurt, sugar, cardamom; Blend and chill.
Spaghetti Carbonara; Italian; main; 25; 720; 2; no; no; medium; 0; spaghetti, eggs, bacon, parmesan; Toss off the heat.
Margherita Pizza; Italian; main; 50; 680; 3; no; yes; medium; 0; flour, yeast, tomatoes, mozzarella, basil; Bake very hot.
Mushroom Risotto; Italian; main; 45; 560; 4; no; yes; medium; 0; rice, mushrooms, onion, parmesan, butter, white wine; Stir in the stock slowly.
Minestrone; Italian; soup; 55; 260; 6; yes; yes; easy; 0; beans, carrots, celery, tomatoes, pasta; Simmer everything.
Lasagne; Italian; main; 110; 810; 8; no; no; hard; 0; beef, tomatoes, flour, milk, pasta, parmesan; Layer and bake.
Pesto Gnocchi; Italian; main; 20; 590; 2; no; yes; easy; 0; gnocchi, basil, pine nuts, parmesan, garlic; Boil and toss.
Panna Cotta; Italian; dessert; 240; 380; 6; no; no; medium; 0; cream, sugar, gelatine, vanilla; Set in the cold.
Tiramisu; Italian; dessert; 180; 450; 8; no; yes; medium; 0; mascarpone, eggs, coffee, biscuits, cocoa; Layer and chill.
Bruschetta; Italian; starter; 15; 180; 4; yes; yes; easy; 0; bread, tomatoes, garlic, basil, olive oil; Toast and top.
Guacamole; Mexican; starter; 10; 160; 4; yes; yes; easy; 1; avocado, lime, onion, coriander, chillies; Mash and season.
Beef Tacos; Mexican; main; 35; 520; 4; no; no; easy; 2; beef, tortillas, onion, tomatoes, chillies, cheese; Fry and fold.
Black Bean Burritos; Mexican; main; 30; 540; 4; yes; yes; easy; 1; black beans, tortillas, rice, avocado, peppers; Wrap and toast.
Chicken Enchiladas; Mexican; main; 70; 640; 5; no; no; medium; 2; chicken, tortillas, cheese, tomatoes, chillies; Roll and bake.
Churros; Mexican; dessert; 40; 410; 6; no; yes; medium; 0; flour, butter, eggs, sugar, cinnamon; Pipe and fry.
Horchata; Mexican; drink; 15; 190; 4; yes; yes; easy; 0; rice, almonds, cinnamon, sugar; Soak and strain.
Pad Thai; Thai; main; 30; 580; 2; no; no; medium; 1; rice noodles, prawns, eggs, peanuts, bean sprouts, tamarind; Fry fast and hot.
Green Curry; Thai; main; 40; 530; 4; no; no; medium; 3; chicken, coconut milk, basil, aubergine, chillies; Fry the paste first.
Tofu Green Curry; Thai; main; 40; 470; 4; yes; yes; medium; 3; tofu, coconut milk, basil, aubergine, chillies; Fry the paste first.
Tom Yum Soup; Thai; soup; 25; 190; 4; no; no; easy; 3; prawns, mushrooms, lemongrass, lime, chillies; Simmer briefly.
Mango Sticky Rice; Thai; dessert; 45; 390; 4; yes; yes; easy; 0; mango, rice, coconut milk, sugar; Steam the rice.
Papaya Salad; Thai; salad; 20; 150; 2; no; no; easy; 3; papaya, peanuts, fish sauce, lime, chillies; Pound and toss.
Miso Soup; Japanese; soup; 15; 90; 4; yes; yes; easy; 0; miso, tofu, seaweed, spring onions; Never boil the miso.
Salmon Teriyaki; Japanese; main; 25; 510; 2; no; no; easy; 0; salmon, soy sauce, sugar, rice, ginger; Glaze in the pan.
Chicken Ramen; Japanese; soup; 150; 620; 4; no; no; hard; 1; chicken, noodles, eggs, soy sauce, spring onions; Simmer the stock for hours.
Vegetable Sushi; Japanese; main; 75; 330; 4; yes; yes; hard; 0; rice, seaweed, cucumber, avocado, vinegar; Roll tightly.
Okonomiyaki; Japanese; main; 35; 540; 2; no; no; medium; 0; cabbage, flour, eggs, bacon, mayonnaise; Fry like a pancake.
Ratatouille; French; main; 65; 230; 5; yes; yes; easy; 0; aubergine, courgette, peppers, tomatoes, olive oil; Stew gently.
Coq au Vin; French; main; 130; 650; 6; no; no; hard; 0; chicken, red wine, bacon, mushrooms, carrots; Braise in wine.
Quiche Lorraine; French; main; 70; 560; 6; no; no; medium; 0; flour, butter, eggs, cream, bacon; Bake until set.
Onion Soup; French; soup; 80; 340; 4; no; yes; medium; 0; onion, butter, bread, cheese, white wine; Brown the onions slowly.
Salade Nicoise; French; salad; 30; 380; 2; no; no; easy; 0; tuna, eggs, green beans, olives, potatoes; Arrange and dress.
Creme Brulee; French; dessert; 200; 420; 6; no; yes; hard; 0; cream, eggs, sugar, vanilla; Burn the sugar.
Chocolate Mousse; French; dessert; 150; 360; 6; no; yes; medium; 0; chocolate, eggs, sugar, cream; Fold in the whites.
Greek Salad; Greek; salad; 15; 270; 4; no; yes; easy; 0; cucumber, tomatoes, feta, olives, olive oil; Chop and toss.
Moussaka; Greek; main; 120; 700; 8; no; no; hard; 0; lamb, aubergine, potatoes, milk, flour; Layer and bake.
Falafel; Lebanese; starter; 45; 320; 4; yes; yes; medium; 1; chickpeas, onion, garlic, parsley, flour; Shape and fry.
Hummus; Lebanese; starter; 10; 220; 6; yes; yes; easy; 0; chickpeas, tahini, lemon, garlic, olive oil; Blend very smooth.
Tabbouleh; Lebanese; salad; 25; 170; 4; yes; yes; easy; 0; bulgur, parsley, mint, tomatoes, lemon; Chop finely.
Beef Burger; American; main; 30; 780; 4; no; no; easy; 0; beef, bread, cheese, onion, lettuce; Grill two minutes a side.
Mac and Cheese; American; main; 40; 740; 4; no; yes; easy; 0; pasta, cheese, milk, butter, flour; Bake until golden.
Pulled Pork; American; main; 480; 690; 10; no; no; hard; 1; pork, vinegar, sugar, paprika, bread; Smoke low and slow.
Blueberry Pancakes; American; breakfast; 20; 430; 4; no; yes; easy; 0; flour, milk, eggs, blueberries, butter; Fry in butter.
Brownies; American; dessert; 45; 410; 12; no; yes; easy; 0; chocolate, butter, eggs, sugar, walnuts; Bake until barely set.
Pecan Pie; American; dessert; 90; 520; 8; no; yes; medium; 0; pecans, butter, eggs, sugar, flour; Bake in a blind crust.
Overnight Oats; American; breakfast; 5; 310; 1; yes; yes; easy; 0; oats, almond milk, blueberries, chia; Leave in the fridge.
Shakshuka; Israeli; breakfast; 30; 300; 3; no; yes; easy; 2; eggs, tomatoes, peppers, onion, paprika; Poach in the sauce.
""".strip().splitlines()
)


def write(folder: Path) -> Files:
    """One JSON file; calories are nested, one recipe's are unknown, and so is one time."""
    out = []
    for number, row in enumerate(ROWS, 101):
        (
            name,
            cuisine,
            course,
            minutes,
            calories,
            servings,
            vegan,
            vegetarian,
            difficulty,
            spice,
            ingredients,
            method,
        ) = row
        out.append(
            {
                "recipe_id": number,
                "name": name,
                "cuisine": cuisine,
                "course": course,
                "minutes": None if name == "Horchata" else int(minutes),
                "nutrition": {"calories": None if name == "Hummus" else int(calories)},
                "servings": int(servings),
                "isVegan": vegan,
                "vegetarian": vegetarian == "yes",
                "difficulty": difficulty,
                "spiciness": int(spice),
                "ingredients": [one.strip() for one in ingredients.split(",")],
                "instructions": method,
            }
        )
    path = folder / "recipes.json"
    path.write_text(json.dumps(out, indent=1), encoding="utf-8")
    return Files(path)
