package dev.cria.tiny.recipe;

import java.util.List;

/** Stories of three or four sentences about whom the user names. */
final class Stories implements Task {
    private static final Phrases QUESTIONS = Phrases.of("""
            Tell me a story about {hero}.
            Tell me a short story about {hero}.
            Write a story about {hero}.
            Write a short story about {hero}.
            Please tell me a story about {hero}.
            I want a story about {hero}.
            Can you tell a story about {hero}?
            A story about {hero}, please.
            Make up a story about {hero}.
            Do you know a story about {hero}?
            Give me a short story about {hero}.
            Story about {hero}?
            Please write a little story about {hero}.
            ---
            Could you tell me a story about {hero}?
            Please write a short story about {hero}.
            I would like to hear a story about {hero}.
            """);

    private static final Phrases WITH_PLACE = Phrases.of("""
            Tell me a story about {hero} in the {place}.
            Write a short story about {hero} in a {place}.
            Tell a story with {hero} and a {place}.
            Please tell me a story about {hero} in a {place}.
            A story of {hero} in the {place}, please.
            ---
            Write a story about {hero} in the {place}.
            Tell me a short story about {hero} in a {place}.
            """);

    private static final List<String> BEGINNINGS = List.of(
            "Once upon a time there was {hero} named {name} in a {place}.",
            "There once was {hero} in the {place}, and the name was {name}.",
            "In a {place} lived {hero}. The name was {name}.");
    private static final List<String> EVENTS = List.of("One day {name} found a {thing} that was {color}.",
            "One morning {name} lost a {thing} that was {color}.",
            "One evening {name} saw a {thing} that was {color}.");
    private static final List<String> MEETINGS = List.of("A {friend} came by and helped.",
            "\"Is it yours?\" asked a {friend}.", "A {friend} wanted to have it too, so they shared.");
    private static final List<String> ENDINGS = List.of("In the end they were good friends.",
            "From that day on they played together.", "Then they went home and were happy.");

    @Override
    public Exchange draw(Draw draw) {
        String noun;
        String place;
        do {
            noun = draw.one(Lexicon.STORY_HEROES);
            place = draw.one(Lexicon.PLACES);
        } while (draw.refuses("story", noun, place));
        String hero = Texts.withArticle(noun);
        boolean placed = draw.chance(0.4);
        String question = Texts.fill(draw.phrase(placed ? WITH_PLACE : QUESTIONS), "hero", hero, "place", place);
        String story = String.join(" ", draw.one(BEGINNINGS), draw.one(EVENTS), draw.one(MEETINGS), draw.one(ENDINGS));
        return new Exchange(question, Texts.fill(story, "hero", hero, "place", place, "name", draw.one(Lexicon.NAMES),
                "color", draw.one(Lexicon.COLORS), "thing", draw.one(Lexicon.STORY_THINGS), "friend",
                draw.one(Lexicon.STORY_HEROES.subList(0, 12))));
    }
}
