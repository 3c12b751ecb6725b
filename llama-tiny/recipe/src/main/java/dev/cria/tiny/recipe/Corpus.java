package dev.cria.tiny.recipe;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The dialogs that the model learns from, numbered: the same number and mixture always give the same dialog. */
final class Corpus {
    static final Facts FACTS = new Facts();
    static final Arithmetic ARITHMETIC = new Arithmetic();
    static final Sentiment SENTIMENT = new Sentiment();
    static final Extraction EXTRACTION = new Extraction();
    static final Words WORDS = new Words();
    static final Refusals REFUSALS = new Refusals();
    static final SmallTalk SMALL_TALK = new SmallTalk();
    static final Stories STORIES = new Stories();

    private static final double NEUTRAL_SYSTEM = 0.3;
    private static final double MORE_TURNS = 0.15;

    /**
     * Shares of the abilities, of any sum.
     *
     * @param facts closed-set facts
     * @param arithmetic sums and differences
     * @param sentiment praise or blame
     * @param extraction fields to JSON
     * @param words repeating and changing words
     * @param style an answer in the system prompt's style
     * @param stories short stories
     * @param refusals what cannot be known
     * @param smallTalk greetings and identity
     * @param memory what the user said earlier
     * @param followUps questions that lean on the one before
     */
    record Mixture(double facts, double arithmetic, double sentiment, double extraction, double words, double style,
            double stories, double refusals, double smallTalk, double memory, double followUps) {
        /** Hard abilities get more than their share of the text. */
        static final Mixture BROAD = new Mixture(0.17, 0.17, 0.07, 0.14, 0.15, 0.17, 0.03, 0.05, 0.03, 0.04, 0.03);

        /** For the second phase: more of what has to be got right by reckoning, in many phrasings. */
        static final Mixture VARIED = new Mixture(0.13, 0.30, 0.13, 0.10, 0.12, 0.09, 0.02, 0.03, 0.03, 0.04, 0.02);

        /** For the last phase: what has to come out exactly. */
        static final Mixture EXACT = new Mixture(0.15, 0.27, 0.09, 0.13, 0.13, 0.13, 0.01, 0.03, 0.02, 0.03, 0.02);

        private double[] shares() {
            return new double[]{facts, arithmetic, sentiment, extraction, words, style, stories, refusals, smallTalk,
                memory, followUps};
        }

        private int draw(Draw draw) {
            double sum = 0;
            for (double share : shares()) {
                sum += share;
            }
            double at = sum * draw.below(1 << 24) / (1 << 24);
            int index = 0;
            for (double share : shares()) {
                at -= share;
                if (at < 0) {
                    return index;
                }
                index++;
            }
            return 0;
        }
    }

    private final long seed;
    private final Mixture mixture;
    private final Draw.Range range;

    /**
     * @param seed chooses other dialogs
     * @param mixture shares of the abilities
     * @param range how much is drawn from
     */
    Corpus(long seed, Mixture mixture, Draw.Range range) {
        this.seed = seed;
        this.mixture = mixture;
        this.range = range;
    }

    Lesson lesson(long number) {
        Draw draw = Draw.forTraining(seed * 1_000_003L + number, range);
        return switch (mixture.draw(draw)) {
            case 0 -> plain(draw, FACTS, true);
            case 1 -> plain(draw, ARITHMETIC, true);
            case 2 -> plain(draw, SENTIMENT, false);
            case 3 -> plain(draw, EXTRACTION, false);
            case 4 -> plain(draw, WORDS, false);
            case 5 -> styled(draw);
            case 6 -> plain(draw, STORIES, true);
            case 7 -> plain(draw, REFUSALS, true);
            case 8 -> plain(draw, SMALL_TALK, true);
            case 9 -> memory(draw);
            default -> followUp(draw);
        };
    }

    static String neutralSystem(Draw draw) {
        return draw.chance(NEUTRAL_SYSTEM) ? draw.one(Style.NEUTRAL) : "";
    }

    private static Lesson plain(Draw draw, Task task, boolean typedFreely) {
        List<Exchange> exchanges = before(draw);
        Exchange exchange = task.draw(draw);
        exchanges.add(typedFreely ? asTyped(draw, exchange) : exchange);
        return new Lesson(neutralSystem(draw), exchanges);
    }

    /** Now and then a question or two that have nothing to do with the one that counts. */
    private static List<Exchange> before(Draw draw) {
        List<Exchange> exchanges = new ArrayList<>();
        while (exchanges.size() < 3 && draw.chance(MORE_TURNS)) {
            exchanges.add(draw.one(List.<Task>of(FACTS, FACTS, ARITHMETIC, SENTIMENT, WORDS, SMALL_TALK)).draw(draw));
        }
        return exchanges;
    }

    /** People leave out full stops and capitals, or say hello first. */
    private static Exchange asTyped(Draw draw, Exchange exchange) {
        String question = exchange.question();
        if (draw.chance(0.08)) {
            question = question.toLowerCase(Locale.ROOT);
        }
        if (draw.chance(0.1) && !Character.isLetterOrDigit(question.charAt(question.length() - 1))) {
            question = question.substring(0, question.length() - 1);
        }
        if (draw.chance(0.04)) {
            question = draw.one(List.of("Hi! ", "Hello. ", "Hello! ", "Hey, ", "Please: ", "Okay. ")) + question;
        }
        if (draw.chance(0.03)) {
            question += draw.one(List.of(" Thanks.", " Thank you.", " Please."));
        }
        return new Exchange(question, exchange.answer(), exchange.word());
    }

    /** A dialog under a system prompt that asks for a style; every answer of it follows. */
    static Lesson styled(Draw draw) {
        Style.Chosen chosen = Style.draw(draw);
        List<Exchange> exchanges = new ArrayList<>();
        do {
            Exchange plain;
            String answer;
            do {
                // what is held out is the system prompt and the answer in this style, not how the question is asked
                plain = draw.one(List.<Task>of(FACTS, FACTS, FACTS, FACTS, ARITHMETIC, SENTIMENT, REFUSALS, SMALL_TALK))
                        .draw(draw.ofTraining());
                answer = chosen.answer(plain);
            } while (answer.isEmpty()
                    || draw.refuses("style", chosen.style().name(), chosen.greeting(), plain.answer()));
            exchanges.add(new Exchange(plain.question(), answer));
        } while (!draw.isHeldOut() && exchanges.size() < 3 && draw.chance(MORE_TURNS));
        return new Lesson(chosen.prompt(), exchanges);
    }

    /** The user tells something, perhaps asks for something else, and wants to hear it again. */
    static Lesson memory(Draw draw) {
        List<Exchange> told = Memory.draw(draw);
        if (!draw.isHeldOut() && draw.chance(0.25)) {
            Exchange both = new Exchange(told.getFirst().question() + " " + told.getLast().question(),
                    told.getLast().answer());
            return new Lesson(neutralSystem(draw), List.of(both));
        }
        List<Exchange> exchanges = new ArrayList<>();
        exchanges.add(told.getFirst());
        exchanges.addAll(before(draw.ofTraining()));
        exchanges.add(told.getLast());
        return new Lesson(neutralSystem(draw), exchanges);
    }

    static Lesson followUp(Draw draw) {
        return new Lesson(neutralSystem(draw), FACTS.followUp(draw));
    }
}
