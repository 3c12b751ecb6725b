package dev.cria.tiny.recipe;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** Questions about a closed set of facts: capitals, opposites, young animals, days and so on. */
final class Facts implements Task {
    /** Ways to ask for something that has a name; {@code {it}} is that name. */
    static final Phrases FRAMES = Phrases.of("""
            What is {it}?
            What's {it}?
            Tell me {it}.
            Name {it}.
            Do you know {it}?
            Can you tell me {it}?
            Could you tell me {it}?
            Please tell me {it}.
            I want to know {it}.
            I would like to know {it}.
            Say {it}.
            Please name {it}.
            Give me {it}.
            {it}?
            {it}, please.
            {it} is what?
            I need to know {it}.
            Do you happen to know {it}?
            Can you name {it}?
            Could you name {it}?
            I forgot {it}.
            I am looking for {it}.
            Quick question: what is {it}?
            My friend asks: what is {it}?
            Let me ask you something. What is {it}?
            Answer this: what is {it}?
            Question: What is {it}?
            What would {it} be?
            I am not sure what {it} is.
            Do you know what {it} is?
            Can you say what {it} is?
            So, what is {it}?
            And what is {it}?
            What was {it} again?
            I have a question about {it}.
            ---
            Would you tell me {it}?
            Please give me {it}.
            I wonder what {it} is.
            Hey, what is {it}?
            May I ask what {it} is?
            Now tell me what {it} is.
            +++
            [would|will] you [name|say] {it}?
            please [say|find|write] {it}.
            I wonder [about|what it is:] {it}.
            [hello|hi|well|okay|tell me], what is {it}?
            may I [ask for|know|hear] {it}?
            may I ask [for|about] {it}?
            [please |]tell me what {it} is.
            [now|then] what is {it}?
            """);

    /**
     * A kind of fact.
     *
     * @param nouns ways to name the answer, the last held out
     * @param questions ways to ask that only this kind has
     * @param answer the sentence that answers
     * @param entries what is asked about, and the answer
     */
    private record Relation(List<String> nouns, Phrases questions, String answer,
            SequencedMap<String, String> entries) {}

    private static final List<Relation> RELATIONS = List.of(
            new Relation(List.of("the capital of {x}", "the capital city of {x}", "{x}'s capital",
                    "the capital of the country {x}", "{x}'s capital city"), Phrases.of("""
                            Which city is the capital of {x}?
                            What city is {x}'s capital?
                            {x} has which capital?
                            In {x}, which city is the capital?
                            Which capital does {x} have?
                            The capital of {x} is which city?
                            Which city is {x}'s capital city?
                            ---
                            What do they call the capital of {x}?
                            Which capital belongs to {x}?
                            Which city is the capital of the country {x}?
                            +++
                            [what|which] city do they call the capital of {x}?
                            [what|which] capital belongs to the country {x}?
                            [name|tell me] the city that is the capital of {x}.
                            the country {x} has which capital?
                            """), "The capital of {x} is {y}.", Lexicon.columns(Lexicon.COUNTRIES, 0, 1)),
            new Relation(List.of("the country with the capital {x}", "the country whose capital is {x}",
                    "the country of the capital {x}", "the country that has {x} as its capital"), Phrases.of("""
                            {x} is the capital of which country?
                            Which country has the capital {x}?
                            Of which country is {x} the capital?
                            Which country has {x} as its capital?
                            {x} is the capital of what?
                            What country has {x} as its capital city?
                            ---
                            What country is {x} the capital of?
                            Which country's capital is {x}?
                            +++
                            {x} is the capital city of [which|what] country?
                            of [which|what] country is {x} the capital city?
                            what country's capital is {x}?
                            """), "{x} is the capital of {y}.", Lexicon.columns(Lexicon.COUNTRIES, 1, 0)),
            new Relation(List.of("the continent of {x}", "the continent where {x} is", "{x}'s continent",
                    "the continent on which {x} lies"), Phrases.of("""
                            On which continent is {x}?
                            Which continent is {x} on?
                            What continent is {x} in?
                            What continent does {x} belong to?
                            Where in the world is {x}?
                            {x} is on which continent?
                            ---
                            To which continent does {x} belong?
                            Which continent is {x} in?
                            +++
                            to [what|which] continent does the country {x} belong?
                            [in|on] what continent is {x}?
                            {x} belongs to [which|what] continent?
                            """), "{x} is in {y}.", Lexicon.columns(Lexicon.COUNTRIES, 0, 2)),
            new Relation(List.of("the language of {x}", "the language spoken in {x}",
                    "the language that people speak in {x}",
                    "{x}'s language"), Phrases.of("""
                            Which language do people speak in {x}?
                            What language is spoken in {x}?
                            What do people speak in {x}?
                            In {x}, which language do people speak?
                            Which language does {x} have?
                            Which language is spoken in {x}?
                            ---
                            What language do they speak in {x}?
                            People in {x} speak which language?
                            +++
                            [which|what] language do [they|the people|people] speak in the country {x}?
                            in {x} people speak [which|what] language?
                            [which|what] language is it that they speak in {x}?
                            """), "People in {x} speak {y}.", Lexicon.columns(Lexicon.COUNTRIES, 0, 3)),
            new Relation(List.of("the opposite of {x}", "the opposite of the word {x}",
                    "a word that means the opposite of {x}",
                    "the word opposite to {x}"), Phrases.of("""
                            Which word is the opposite of {x}?
                            What word means the opposite of {x}?
                            {x} is the opposite of what?
                            What is the opposite word to {x}?
                            If it is not {x}, it is the opposite: what?
                            Opposite of {x}?
                            ---
                            What word is opposite to {x}?
                            {x} is the opposite of which word?
                            +++
                            [which|what] word is opposed to {x}?
                            {x} is the opposite of [what word|which]?
                            [which|what] is the opposite for {x}?
                            the word {x} has [which|what] opposite?
                            """), "The opposite of {x} is {y}.", opposites()),
            new Relation(List.of("the name of a young {x}", "the word for a baby {x}", "the name of a baby {x}",
                    "the word for a young {x}"), Phrases.of("""
                            What do you call a baby {x}?
                            What is a young {x} called?
                            What is a baby {x} called?
                            How do you call a young {x}?
                            A baby {x} is called what?
                            What do people call a young {x}?
                            ---
                            A young {x} is called what?
                            What do we call a baby {x}?
                            +++
                            [what|how] do [we|they|you] call a [young|little] {x}?
                            a [young|little] {x} is called [how|by which name]?
                            [tell me|name] the young of the {x}.
                            """), "A young {x} is called {y}.", articles(Lexicon.columns(Lexicon.ANIMALS, 0, 1))),
            new Relation(List.of("the sound of the {x}", "the sound that the {x} makes", "the sound the {x} makes"),
                    Phrases.of("""
                            What sound does the {x} make?
                            What does the {x} say?
                            Which sound does the {x} make?
                            How does the {x} sound?
                            What noise does the {x} make?
                            ---
                            Which noise does the {x} make?
                            What sound comes from the {x}?
                            +++
                            [which|what] sound [do you hear|do we hear|is heard] from the {x}?
                            [which|what] is the noise of the {x}?
                            the {x} makes [which|what] [sound|noise]?
                            """), "The {x} says {y}.", Lexicon.columns(Lexicon.ANIMALS, 0, 2)),
            new Relation(List.of("the number of legs of the {x}", "the number of legs the {x} has",
                    "the number of legs that the {x} has"), Phrases.of("""
                            How many legs does the {x} have?
                            The {x} has how many legs?
                            How many legs has the {x}?
                            On how many legs does the {x} walk?
                            The {x} walks on how many legs?
                            ---
                            How many legs are there on the {x}?
                            Count the legs of the {x}.
                            +++
                            how many legs [do you count|can you see|are there] on the {x}?
                            count the legs that the {x} has.
                            [what|how many legs] does the {x} walk on?
                            """), "The {x} has {y} legs.", Lexicon.columns(Lexicon.ANIMALS, 0, 3)),
            new Relation(List.of("the home of the {x}", "the place where the {x} lives", "the place the {x} lives in"),
                    Phrases.of(
                            """
                                    Where does the {x} live?
                                    Where is the {x} at home?
                                    Where do I find the {x}?
                                    The {x} lives where?
                                    In what place does the {x} live?
                                    ---
                                    Where would the {x} live?
                                    Where can I find the {x}?
                                    +++
                                    where [can you find|do you find|can one see|should I look for|would I see|does one meet] the {x}?
                                    the {x} is at home where?
                                    """),
                    "The {x} lives in the {y}.", Lexicon.columns(Lexicon.ANIMALS, 0, 4)),
            new Relation(List.of("the color of {x}", "the usual color of {x}", "the colour of {x}"), Phrases.of("""
                    What color is {x}?
                    Which color is {x}?
                    Which color does {x} have?
                    What colour is {x}?
                    {x} is what color?
                    What color does {x} have?
                    ---
                    {x} has which color?
                    In which color do we see {x}?
                    +++
                    in [which|what] color [do you see|do I see|is|comes] {x}?
                    {x} has [what|which] [usual color|colour]?
                    [what|which] color [would|do you think] {x} have?
                    """), "The color of {x} is {y}.", Lexicon.columns(Lexicon.COLORED, 0, 1)),
            new Relation(List.of("the kind of thing that {x} is", "the kind of {x}", "the group that {x} belongs to"),
                    Phrases.of("""
                            What kind of thing is {x}?
                            What is {x}?
                            What sort of thing is {x}?
                            Which kind of thing is {x}?
                            To which group does {x} belong?
                            What type of thing is {x}?
                            ---
                            {x} is what kind of thing?
                            What group does {x} belong to?
                            +++
                            [which|what] group [is {x} in|has {x} in it]?
                            to [what|which] kind does {x} belong?
                            {x} is [which|what] kind?
                            {x} belongs to [which|what] group?
                            """), "{x} is a kind of {y}.", Lexicon.columns(Lexicon.KINDS, 0, 1)),
            new Relation(List.of("the number of sides of a {x}", "the number of sides a {x} has",
                    "the number of sides that a {x} has"), Phrases.of("""
                            How many sides does a {x} have?
                            A {x} has how many sides?
                            How many sides are there in a {x}?
                            How many sides has a {x}?
                            ---
                            Count the sides of a {x}.
                            How many sides are in a {x}?
                            +++
                            count the sides that a {x} has.
                            how many sides [do you count on|do you see on|are on] a {x}?
                            """), "A {x} has {y} sides.", Lexicon.columns(Lexicon.SHAPES, 0, 1)),
            neighbour("day", "after", 1, Lexicon.DAYS), neighbour("day", "before", -1, Lexicon.DAYS),
            neighbour("month", "after", 1, Lexicon.MONTHS), neighbour("month", "before", -1, Lexicon.MONTHS),
            neighbour("number", "after", 1, Lexicon.NUMBERS), neighbour("number", "before", -1, Lexicon.NUMBERS));

    /** How often a kind is drawn: by the root of its entries, so that large kinds get more and small ones enough. */
    private final double[] upTo = new double[RELATIONS.size()];

    Facts() {
        double sum = 0;
        for (int i = 0; i < upTo.length; i++) {
            sum += Math.sqrt(RELATIONS.get(i).entries.size());
            upTo[i] = sum;
        }
    }

    private static SequencedMap<String, String> opposites() {
        SequencedMap<String, String> map = Lexicon.columns(Lexicon.OPPOSITES, 0, 1);
        Lexicon.columns(Lexicon.OPPOSITES, 1, 0).forEach(map::putIfAbsent);
        return map;
    }

    private static SequencedMap<String, String> articles(SequencedMap<String, String> map) {
        map.replaceAll((animal, young) -> Texts.withArticle(young));
        return map;
    }

    private static Relation neighbour(String kind, String side, int step, List<String> names) {
        SequencedMap<String, String> entries = new LinkedHashMap<>();
        boolean circle = !kind.equals("number");
        for (int i = 0; i < names.size(); i++) {
            if (circle || (i + step >= 0 && i + step < names.size())) {
                entries.put(names.get(i), names.get(Math.floorMod(i + step, names.size())));
            }
        }
        String verb = side.equals("after") ? "follows" : "precedes";
        return new Relation(List.of("the " + kind + " " + side + " {x}", "the " + kind + " that comes " + side + " {x}",
                "the " + kind + " right " + side + " {x}"),
                new Phrases(
                        List.of("Which " + kind + " comes " + side + " {x}?",
                                "What " + kind + " comes " + side + " {x}?",
                                "What comes " + side + " {x}?", "Which " + kind + " is " + side + " {x}?",
                                "Which " + kind + " " + verb + " {x}?", "What " + kind + " is it " + side + " {x}?"),
                        List.of("What " + kind + " is " + side + " {x}?", "What " + kind + " " + verb + " {x}?")),
                "The " + kind + " " + side + " {x} is {y}.", entries);
    }

    @Override
    public Exchange draw(Draw draw) {
        double at = draw.below(1 << 20) * upTo[upTo.length - 1] / (1 << 20);
        int index = 0;
        while (upTo[index] <= at) {
            index++;
        }
        Relation relation = RELATIONS.get(index);
        String x = draw.one(List.copyOf(relation.entries.sequencedKeySet()));
        return exchange(relation, x, question(draw, relation));
    }

    private static Exchange exchange(Relation relation, String x, String question) {
        String y = relation.entries.getOrDefault(x, "");
        String last = y.substring(y.lastIndexOf(' ') + 1);
        boolean article = y.startsWith("a ") || y.startsWith("an ");
        String word = article || y.indexOf(' ') < 0 ? last : "";
        return new Exchange(Texts.capitalised(Texts.fill(question, "x", x)),
                Texts.capitalised(Texts.fill(relation.answer, "x", x, "y", y)), word);
    }

    private static String question(Draw draw, Relation relation) {
        if (draw.chance(0.4)) {
            return draw.phrase(relation.questions);
        }
        List<String> nouns = relation.nouns;
        // nouns are few: the frame around one is what is held out, and in a half of the evaluation the noun as well
        String noun = draw.isHeldOut() && draw.chance(0.5)
                ? nouns.getLast()
                : draw.one(nouns.subList(0, nouns.size() - 1));
        return Texts.fill(draw.phrase(FRAMES), "it", noun);
    }

    /** {@return a question, its answer, and the short question that goes on to another thing of the same kind} */
    List<Exchange> followUp(Draw draw) {
        Relation relation = RELATIONS.get(draw.below(5));
        List<String> keys = List.copyOf(relation.entries.sequencedKeySet());
        String first = draw.one(keys);
        String second = draw.one(keys);
        while (second.equals(first) || draw.refuses("follow", first, second)) {
            first = draw.one(keys);
            second = draw.one(keys);
        }
        return List.of(exchange(relation, first, question(draw, relation)),
                exchange(relation, second, draw.phrase(FOLLOW_UPS)));
    }

    private static final Phrases FOLLOW_UPS = Phrases.of("""
            And {x}?
            What about {x}?
            And of {x}?
            And for {x}?
            How about {x}?
            And what about {x}?
            Now {x}.
            Now the same for {x}.
            And now {x}?
            And how about {x}?
            Next: {x}.
            {x}?
            ---
            And the same for {x}?
            Now what about {x}?
            +++
            now the same for {x}, please.
            and [the same of|then|next|also] {x}?
            the same for {x}?
            what is it for {x}?
            """);
}
