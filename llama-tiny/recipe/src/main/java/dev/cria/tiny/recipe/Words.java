package dev.cria.tiny.recipe;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Repeating words and changing them: again, several times, backwards, in upper case, letter by letter. */
final class Words implements Task {
    private static final List<String> ALL = Lexicon.everyWord();
    private static final List<String> SHORT = ALL.stream().filter(word -> word.length() <= 6).toList();
    private static final List<String> TIMES = List.of("twice", "three times", "four times", "five times");

    private static final Phrases REPEAT = Phrases.of("""
            Repeat: {words}
            Repeat after me: {words}
            Say: {words}
            Repeat these words: {words}
            Repeat the words {words}.
            Say the words {words}.
            Please repeat: {words}
            Please say: {words}
            Write: {words}
            Write the words {words}.
            Echo: {words}
            Say after me: {words}
            Copy this: {words}
            Can you repeat {words}?
            Can you say {words}?
            Repeat this exactly: {words}
            Just say {words}.
            Copy the words {words}.
            Write down: {words}
            Say again: {words}
            ---
            Please copy this: {words}
            Repeat exactly: {words}
            Could you repeat {words}?
            Please repeat the words {words}.
            +++
            [repeat|say|write|copy] [the following|the following words|exactly this|these words|this text]: {words}
            [repeat|say|write|copy] the [text|following words] {words}.
            please [repeat|say|copy|write] [the text |]{words}.
            """);

    private static final Phrases TIMES_REPEAT = Phrases.of("""
            Say {word} {times}.
            Repeat {word} {times}.
            Repeat the word {word} {times}.
            Write {word} {times}.
            Write the word {word} {times}.
            Please say {word} {times}.
            Can you say {word} {times}?
            Say the word {word} {times}.
            Please repeat {word} {times}.
            Print {word} {times}.
            ---
            Please write {word} {times}.
            Can you repeat the word {word} {times}?
            +++
            [write|say|repeat|print] the [word|text] {word} {times}.
            {times} {word}, please.
            [can|could] you [say|write] the word {word} {times}?
            """);

    private static final Phrases UPPER = Phrases.of("""
            Write {words} in upper case.
            Write {words} in capital letters.
            Write the words {words} in upper case.
            Put {words} in upper case.
            Upper case: {words}
            Say {words} in upper case.
            Turn {words} into upper case.
            Capital letters: {words}
            Convert {words} to upper case.
            Please write {words} in upper case.
            In upper case: {words}
            What is {words} in upper case?
            Make {words} upper case.
            Please put {words} in capital letters.
            Shout {words}.
            Change {words} to capital letters.
            ---
            Please convert {words} to upper case.
            Write this in upper case: {words}
            Turn {words} into capital letters.
            +++
            [write|put|say] [the following|these words|this text] in [upper case|capital letters|capitals]: {words}
            [convert|change|turn] [the words |this to upper case: |these words to capitals: ]{words}.
            turn [the words |]{words} into [capitals|upper case letters].
            please [change|turn|bring] {words} to upper case.
            please convert the words {words} to capital letters.
            """);

    private static final Phrases LOWER = Phrases.of("""
            Write {WORDS} in lower case.
            Write {WORDS} in small letters.
            Put {WORDS} in lower case.
            Lower case: {WORDS}
            Say {WORDS} in lower case.
            Turn {WORDS} into lower case.
            Convert {WORDS} to lower case.
            Please write {WORDS} in lower case.
            Make {WORDS} lower case.
            ---
            Please convert {WORDS} to lower case.
            Turn {WORDS} into small letters.
            +++
            [write|put|say] [the following|these words|this text] in [lower case|small letters]: {WORDS}
            turn [the words |]{WORDS} into lower case[| letters].
            [change|bring] {WORDS} to [lower case|small letters].
            make small letters of {WORDS}.
            please convert the words {WORDS} to small letters.
            """);

    private static final Phrases REVERSE = Phrases.of("""
            Reverse the order of the words: {words}
            Reverse the words {words}.
            Say these words in reverse order: {words}
            Write the words backwards: {words}
            In reverse order: {words}
            Turn the order around: {words}
            Write {words} in reverse order.
            Please reverse the order of {words}.
            Last word first: {words}
            Put these words in reverse order: {words}
            ---
            Please say these words in reverse order: {words}
            Reverse the order: {words}
            +++
            [reverse|turn around] [the order of|these words|the following words|the words]: {words}
            please [write|put|repeat] these words in reverse order: {words}
            the words in reverse order, please: {words}
            say [the words |]{words} [backwards|in reverse order].
            """);

    private static final Phrases FIRST = Phrases.of("""
            What is the first word of: {words}
            Which word comes first? {words}
            Say the first word: {words}
            Only the first word: {words}
            Give me the first word of {words}.
            First word of {words}?
            Tell me the first word of {words}.
            The first word, please: {words}
            ---
            Please say the first word: {words}
            Which word is the first? {words}
            +++
            which [word is first|is the first word|word stands first|word do you see first]? {words}
            please [write|name|give me] the first word: {words}
            [write|name|find] the first word [of|in]: {words}
            what word is the first? {words}
            """);

    private static final Phrases LAST = Phrases.of("""
            What is the last word of: {words}
            Which word comes last? {words}
            Say the last word: {words}
            Only the last word: {words}
            Give me the last word of {words}.
            Last word of {words}?
            Tell me the last word of {words}.
            The last word, please: {words}
            ---
            Please say the last word: {words}
            Which word is the last? {words}
            +++
            which [word is last|is the last word|word stands last|word do you see last]? {words}
            please [write|name|give me] the last word: {words}
            [write|name|find] the last word [of|in]: {words}
            what word is the last? {words}
            """);

    private static final Phrases COUNT = Phrases.of("""
            How many words are there? {words}
            Count the words: {words}
            How many words: {words}
            How many words are in {words}?
            Tell me the number of words: {words}
            Count these words: {words}
            ---
            Please count the words: {words}
            How many words do you see? {words}
            +++
            how many words [can you see|do you find|do you count|stand here|are these]? {words}
            [please |][count|tell me the number of|say how many are] [these|the following] words: {words}
            what is the number of words? {words}
            please [tell me|say] how many words there are: {words}
            {words} How many words [are there|are that]?
            """);

    private static final Phrases SPELL = Phrases.of("""
            Spell {word}.
            Spell the word {word}.
            How do you spell {word}?
            Please spell {word}.
            Can you spell {word}?
            Spell out {word}.
            How is {word} spelled?
            Give me the letters of {word}.
            Letters of {word}?
            Write {word} letter by letter.
            ---
            Please spell the word {word}.
            Say {word} letter by letter.
            +++
            [say|write|give me|spell] [the word |]{word} [by letters|in letters|one letter at a time].
            [spell|write out] the letters of {word}.
            please spell out {word}.
            """);

    @Override
    public Exchange draw(Draw draw) {
        return switch (draw.below(20)) {
            case 0, 1, 2, 3, 4 -> listed(draw, "repeat", REPEAT, 5, words -> String.join(" ", words));
            case 5, 6 -> times(draw);
            case 7, 8, 9, 10 ->
                listed(draw, "upper", UPPER, 3, words -> String.join(" ", words).toUpperCase(Locale.ROOT));
            case 11 -> listed(draw, "lower", LOWER, 3, words -> String.join(" ", words).toLowerCase(Locale.ROOT));
            case 12, 13 -> listed(draw, "reverse", REVERSE, 4, words -> String.join(" ", words.reversed()));
            case 14 -> listed(draw, "first", FIRST, 5, List::getFirst);
            case 15 -> listed(draw, "last", LAST, 5, List::getLast);
            case 16 -> listed(draw, "count", COUNT, 6, words -> Texts.capitalised(Lexicon.NUMBERS.get(words.size()))
                    + (words.size() == 1 ? " word." : " words."));
            default -> spell(draw);
        };
    }

    /** What is done with a list of words. */
    private interface Change {
        String of(List<String> words);
    }

    private static Exchange listed(Draw draw, String kind, Phrases phrases, int most, Change change) {
        List<String> words = new ArrayList<>();
        do {
            words.clear();
            int count = draw.between(kind.equals("upper") || kind.equals("lower") || kind.equals("repeat") ? 1 : 2,
                    most);
            for (int i = 0; i < count; i++) {
                boolean invented = !draw.isHeldOut() && draw.chance(draw.isVaried() ? 0.2 : 0.08);
                words.add(invented ? Lexicon.invented(draw) : draw.one(ALL));
            }
        } while (draw.refuses("words", kind, String.join(" ", words)));
        String text = String.join(" ", words);
        return new Exchange(Texts.fill(draw.phrase(phrases), "words", text, "WORDS", text.toUpperCase(Locale.ROOT)),
                change.of(words));
    }

    private static Exchange times(Draw draw) {
        String word;
        int times;
        do {
            word = draw.one(ALL);
            times = draw.below(TIMES.size());
        } while (draw.refuses("times", word, TIMES.get(times)));
        return new Exchange(Texts.fill(draw.phrase(TIMES_REPEAT), "word", word, "times", TIMES.get(times)),
                String.join(" ", Collections.nCopies(times + 2, word)));
    }

    /** Every word is spelled in training, in other phrasings: letters can only be known from that. */
    private static Exchange spell(Draw draw) {
        String word = draw.one(SHORT);
        return new Exchange(Texts.fill(draw.phrase(SPELL), "word", word),
                word.chars().mapToObj(Character::toString).collect(Collectors.joining("-")));
    }
}
