package dev.cria.model;

import dev.cria.chat.Dialog;
import dev.cria.chat.Message;
import dev.cria.chat.Role;
import dev.cria.tokenizer.Tokenizer;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The part of a conversation that a model reads: all of it, or what is left once the oldest turns have been dropped.
 *
 * @param tokens the prompt
 * @param dropped how many of the oldest messages are not in it, system messages not counted
 */
record DialogWindow(int[] tokens, int dropped) {
    /** This part of the context is free again after old turns were dropped. */
    private static final int SHARE_OF_CONTEXT = 4;

    /** {@return the part that is read of a turn, in tokens} */
    static DialogWindow of(Query.Turn turn, int maxTokens, int context, Tokenizer tokenizer) {
        return switch (turn.overflow()) {
            case STOP -> new DialogWindow(turn.rendered().encode(tokenizer), 0);
            case DROP_OLDEST_TURNS -> fitting(turn, maxTokens, context, tokenizer);
        };
    }

    /**
     * The prompt without the oldest turns. Where it is too long, so many more go that the next turns have room, too:
     * whatever the prompt then begins with has to be read anew.
     */
    private static DialogWindow fitting(Query.Turn turn, int maxTokens, int context, Tokenizer tokenizer) {
        int share = context / SHARE_OF_CONTEXT;
        DialogWindow window = without(turn.dropped(), turn, tokenizer);
        List<Integer> more = laterTurns(turn);
        if (more.isEmpty() || window.tokens.length + Math.min(maxTokens, share) <= context) {
            return window;
        }
        int fewest = 0;
        int most = more.size() - 1;
        while (fewest < most) {
            int middle = (fewest + most) / 2;
            if (without(more.get(middle), turn, tokenizer).tokens.length + share <= context) {
                most = middle;
            } else {
                fewest = middle + 1;
            }
        }
        return without(more.get(fewest), turn, tokenizer);
    }

    private static DialogWindow without(int oldest, Query.Turn turn, Tokenizer tokenizer) {
        if (oldest == 0) {
            return new DialogWindow(turn.rendered().encode(tokenizer), 0);
        }
        Stream<Message> system = turn.dialog().messages().stream().filter(message -> message.role() == Role.SYSTEM);
        Dialog shorter = new Dialog(Stream.concat(system, withoutSystem(turn).stream().skip(oldest)).toList());
        return new DialogWindow(turn.template().render(shorter).encode(tokenizer), oldest);
    }

    private static List<Message> withoutSystem(Query.Turn turn) {
        return turn.dialog().messages().stream().filter(message -> message.role() != Role.SYSTEM).toList();
    }

    /** {@return how many messages are before each turn after the first that the model reads} */
    private static List<Integer> laterTurns(Query.Turn turn) {
        List<Message> said = withoutSystem(turn);
        return IntStream.range(turn.dropped() + 1, said.size()).filter(i -> said.get(i).role() == Role.USER).boxed()
                .toList();
    }
}
