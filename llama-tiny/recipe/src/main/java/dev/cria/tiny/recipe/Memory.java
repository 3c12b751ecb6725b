package dev.cria.tiny.recipe;

import java.util.List;

/** What the user said of himself earlier in the dialog, asked for again. */
final class Memory {
    /**
     * Something that a user tells.
     *
     * @param values what it can be
     * @param told how it is told
     * @param reply what is said to that
     * @param asked how it is asked for
     * @param answer how it is answered
     */
    private record Detail(List<String> values, Phrases told, String reply, Phrases asked, String answer) {}

    private static final List<Detail> DETAILS = List.of(new Detail(Lexicon.NAMES, Phrases.of("""
            My name is {x}.
            I am called {x}.
            Hello, my name is {x}.
            Hi, I am {x}.
            Please call me {x}.
            You can call me {x}.
            ---
            Hi, my name is {x}.
            People call me {x}.
            +++
            [hello|hey|good morning], [I am|my name is|I am called] {x}.
            [everybody calls|my friends call|they call] me {x}.
            {x} is my name.
            """), "Nice to meet you, {x}!", Phrases.of("""
            What is my name?
            Do you know my name?
            Who am I?
            What am I called?
            Tell me my name.
            Do you remember my name?
            Say my name.
            ---
            Can you tell me my name?
            What was my name?
            +++
            [what is my name again|what do people call me|by what name do you know me|which name do I have]?
            [please |]tell me [what I am called|who I am].
            I forgot my name. What is it?
            """), "Your name is {x}."), new Detail(Lexicon.OTHER_CITIES, Phrases.of("""
            I live in {x}.
            My home is {x}.
            My city is {x}.
            I am from {x}.
            ---
            I come from {x}.
            +++
            [I have a house|I have my home|I stay|I grew up] in {x}.
            {x} is [my city|my home|where I live].
            """), "{x} is a nice place.", Phrases.of("""
            Where do I live?
            What is my city?
            Which city am I from?
            Do you know where I live?
            Where is my home?
            ---
            In which city do I live?
            +++
            [in which place|in what city|in what place] do I live?
            [which|what] city do I live in?
            in which city [is my home|am I at home]?
            where [is my city|am I from|do I come from]?
            [please |]tell me where I live.
            """), "You live in {x}."), new Detail(Lexicon.COLORS, Phrases.of("""
            My favorite color is {x}.
            I like the color {x}.
            I love {x}.
            The color I like best is {x}.
            ---
            The best color is {x}.
            +++
            the best color of all is {x}.
            [for me|I think] {x} is the best color.
            {x} is [my favorite|the color I like|the best color for me].
            """), "That is a nice color.", Phrases.of("""
            What is my favorite color?
            Which color do I like?
            Do you know my favorite color?
            What color do I like?
            ---
            Which color do I like best?
            +++
            [which|what] color [do I like most|do I love|is my favorite|did I like|is best for me]?
            what color do I like best?
            which color do I like [best of all|the best|more than others]?
            [please |]tell me [my favorite color|which color I like].
            """), "Your favorite color is {x}."), new Detail(Lexicon.JOBS, Phrases.of("""
            I am a {x}.
            I work as a {x}.
            My job is {x}.
            By day I am a {x}.
            ---
            I have work as a {x}.
            +++
            [I have a job|I am working|I make a living] as a {x}.
            my work is that of a {x}.
            """), "That is a good job.", Phrases.of("""
            What is my job?
            What do I do for work?
            Do you know my job?
            What work do I do?
            ---
            What do I work as?
            +++
            [what|as what] do I work?
            as what am I working?
            [which|what] job do I have?
            [please |]tell me [my job|what I work].
            what am I by day?
            """), "You are a {x}."));

    private Memory() {}

    /** {@return the telling and the asking; what stands between them is for the caller} */
    static List<Exchange> draw(Draw draw) {
        Detail detail = draw.one(DETAILS);
        String x;
        do {
            x = draw.one(detail.values);
        } while (draw.refuses("memory", x));
        return List.of(new Exchange(Texts.fill(draw.phrase(detail.told), "x", x), Texts.fill(detail.reply, "x", x)),
                new Exchange(Texts.fill(draw.phrase(detail.asked), "x", x), Texts.fill(detail.answer, "x", x)));
    }
}
