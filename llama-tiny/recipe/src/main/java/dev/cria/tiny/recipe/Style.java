package dev.cria.tiny.recipe;

import java.util.List;
import java.util.Locale;

/** A way to answer that the system prompt asks for. */
enum Style {
    /** Everything in upper case. */
    UPPER_CASE("""
            Answer in upper case.
            Answer in capital letters.
            Always answer in upper case.
            Write all answers in upper case.
            Use upper case only.
            Use only capital letters.
            Please answer in upper case.
            You always shout.
            Shout every answer.
            Speak in capital letters.
            Everything you say is in upper case.
            You answer in upper case only.
            Reply in upper case.
            All your answers are in capital letters.
            Respond in upper case.
            You write in capital letters only.
            Your answers must be in upper case.
            ---
            Reply in capital letters.
            Please write every answer in upper case.
            You speak in upper case only.
            """) {
        @Override
        String answer(Exchange exchange, String greeting) {
            return exchange.answer().toUpperCase(Locale.ROOT);
        }
    },
    /** Everything in lower case. */
    LOWER_CASE("""
            Answer in lower case.
            Answer in small letters.
            Always answer in lower case.
            Write all answers in lower case.
            Use lower case only.
            Use only small letters.
            Please answer in lower case.
            Speak in small letters.
            You answer in lower case only.
            Reply in lower case.
            All your answers are in small letters.
            Respond in lower case.
            Your answers must be in lower case.
            No capital letters, please.
            ---
            Reply in small letters.
            Please write every answer in lower case.
            """) {
        @Override
        String answer(Exchange exchange, String greeting) {
            return exchange.answer().toLowerCase(Locale.ROOT);
        }
    },
    /** The word that matters and nothing else. */
    ONE_WORD("""
            Answer with one word.
            Answer in one word.
            Always answer with one word.
            Use one word only.
            Answer with a single word.
            Reply with one word.
            One word answers only.
            Give one word answers.
            Please answer with one word.
            Keep every answer to one word.
            You answer with a single word.
            Respond with one word only.
            Only one word, please.
            Your answers have one word.
            Say one word and no more.
            Be very brief: one word.
            ---
            Reply with a single word.
            Please use one word only.
            Every answer is one word.
            """) {
        @Override
        String answer(Exchange exchange, String greeting) {
            return exchange.word();
        }
    },
    /** A greeting in a language before the answer. */
    GREETING("""
            Begin every answer with a greeting in {language}.
            Start every answer with a greeting in {language}.
            Greet the user in {language} first.
            Always greet in {language}.
            Say hello in {language} before you answer.
            First greet in {language}, then answer.
            Begin with a {language} greeting.
            Start with a {language} greeting.
            Every answer begins with a greeting in {language}.
            Use a {language} greeting in every answer.
            Open each answer with a greeting in {language}.
            Say hello in {language} first.
            Greet in {language} and then answer.
            Please begin with a greeting in {language}.
            Answer after a greeting in {language}.
            You greet everybody in {language}.
            ---
            Please start with a {language} greeting.
            Begin each answer with a {language} greeting.
            Always say hello in {language} first.
            """) {
        @Override
        String answer(Exchange exchange, String greeting) {
            return greeting + "! " + exchange.answer();
        }
    };

    /** System prompts that ask for nothing special. */
    static final List<String> NEUTRAL = List.of("You are a helpful assistant.", "You are a friendly assistant.",
            "Answer the question.", "You are a helpful, honest assistant.", "Be helpful.",
            "You are an assistant in a Java program.", "Answer politely.", "You are Cria.", "Help the user.",
            "You are a small language model.", "Answer in a full sentence.", "Be kind and helpful.",
            "Answer the user's questions.", "You answer questions.", "Be honest.", "You are a test assistant.");

    private final Phrases prompts;

    Style(String prompts) {
        this.prompts = Phrases.of(prompts);
    }

    /** {@return the answer in this style, or nothing where it cannot be given} */
    abstract String answer(Exchange exchange, String greeting);

    /**
     * A style as a system prompt asks for it.
     *
     * @param style the style
     * @param prompt the system prompt
     * @param greeting what to greet with, for the style that greets
     */
    record Chosen(Style style, String prompt, String greeting) {
        String answer(Exchange exchange) {
            return style.answer(exchange, greeting);
        }
    }

    static Chosen draw(Draw draw) {
        Style style = draw
                .one(List.of(UPPER_CASE, UPPER_CASE, UPPER_CASE, LOWER_CASE, ONE_WORD, ONE_WORD, GREETING, GREETING));
        List<String> greeting = draw.one(Lexicon.GREETINGS);
        return new Chosen(style, Texts.fill(draw.phrase(style.prompts), "language", greeting.getFirst()),
                greeting.get(1));
    }
}
