package dev.cria.grammar.syntax;

import dev.cria.grammar.error.GrammarTooLargeException;
import dev.cria.grammar.regular.DfaState;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * All ways to read the bytes so far. Immutable, so that keeping one is a fork and going back to one a rollback. It has
 * no item exactly if no text of the grammar begins with these bytes and goes on.
 */
public final class Parse {
    /** One way: a terminal that is being read. */
    public static final class Item {
        private final DfaState state;
        private final Node.Terminal terminal;
        private final Frame frame;

        Item(DfaState state, Node.Terminal terminal, Frame frame) {
            this.state = state;
            this.terminal = terminal;
            this.frame = frame;
        }

        /** {@return how far the terminal is read} */
        public DfaState state() {
            return state;
        }
    }

    /** A grammar that is more ambiguous than this is refused, while it is read. */
    private static final int MOST_WAYS = 100_000;

    private final Frame root;
    private final List<Item> items;
    private final boolean complete;

    private Parse(Frame root, List<Item> items, boolean complete) {
        this.root = root;
        this.items = items;
        this.complete = complete;
    }

    /** {@return the ways before the first byte} */
    public static Parse begin(Network network) {
        Frame root = new Frame();
        Closure closure = new Closure(root);
        closure.enter(new Node.Call(network.root(), Node.RETURN), root);
        return closure.parse();
    }

    /** {@return the ways after one more byte, 0 to 255} */
    public Parse after(int value) {
        List<Item> alive = new ArrayList<>(items.size());
        Closure closure = null;
        for (Item item : items) {
            DfaState next = item.state.after(value);
            if (!next.isDead()) {
                alive.add(new Item(next, item.terminal, item.frame));
                if (next.isAccepting()) {
                    closure = closure == null ? new Closure(root) : closure;
                    closure.leave(item);
                }
            }
        }
        if (closure == null) {
            return new Parse(root, alive, false);
        }
        closure.items.addAll(alive);
        return closure.parse();
    }

    /** {@return whether a byte, 0 to 255, may come next} */
    public boolean allows(int value) {
        for (Item item : items) {
            if (!item.state.after(value).isDead()) {
                return true;
            }
        }
        return false;
    }

    /** {@return the ways on from the end of the terminal of an item, without a byte read} */
    public Parse behind(Item item) {
        Closure closure = new Closure(root);
        closure.leave(item);
        return closure.parse();
    }

    /** {@return the terminals that are being read} */
    public List<Item> items() {
        return items;
    }

    /** {@return whether the text may end here} */
    public boolean isComplete() {
        return complete;
    }

    /** {@return whether nothing can follow} */
    public boolean isAtEnd() {
        return items.isEmpty();
    }

    /** Follows everything that needs no byte. */
    private static final class Closure {
        private final Frame root;
        private final List<Item> items = new ArrayList<>(4);
        private final List<Node.Entry> called = new ArrayList<>(4);
        private final List<Frame> frames = new ArrayList<>(4);
        private final Set<Frame.Caller> seen = new HashSet<>();
        private final List<Frame.Caller> open = new ArrayList<>();
        private boolean complete;

        Closure(Frame root) {
            this.root = root;
        }

        Parse parse() {
            return new Parse(root, items, complete);
        }

        void leave(Item item) {
            enter(item.terminal.next, item.frame);
        }

        void enter(Node node, Frame frame) {
            open.add(new Frame.Caller(node, frame));
            while (!open.isEmpty()) {
                Frame.Caller next = open.removeLast();
                if (seen.add(next)) {
                    if (seen.size() > MOST_WAYS) {
                        throw new GrammarTooLargeException(
                                "the text can be read in more than " + MOST_WAYS + " ways by the grammar");
                    }
                    follow(next.next(), next.frame());
                }
            }
        }

        private void follow(Node node, Frame frame) {
            switch (node) {
                case Node.Terminal terminal -> {
                    items.add(new Item(terminal.start, terminal, frame));
                    if (terminal.start.isAccepting()) {
                        open.add(new Frame.Caller(terminal.next, frame));
                    }
                }
                case Node.Fork fork -> {
                    for (Node way : fork.ways) {
                        open.add(new Frame.Caller(way, frame));
                    }
                }
                case Node.Call call -> call(call, frame);
                default -> {
                    if (node == Node.RETURN) {
                        end(frame);
                    }
                }
            }
        }

        private void call(Node.Call call, Frame frame) {
            int index = called.indexOf(call.rule);
            Frame callee;
            if (index < 0) {
                callee = new Frame();
                called.add(call.rule);
                frames.add(callee);
                open.add(new Frame.Caller(call.rule.start, callee));
            } else {
                callee = frames.get(index);
            }
            if (call.next == Node.RETURN && frame != root && !frames.contains(frame)) {
                // The rule's end is that of its caller: long lists by right recursion do not pile up frames.
                for (Frame.Caller caller : frame.callers) {
                    wait(callee, caller);
                }
            } else {
                wait(callee, new Frame.Caller(call.next, frame));
            }
        }

        private void wait(Frame callee, Frame.Caller caller) {
            callee.callers.add(caller);
            if (callee.endsAtOnce) {
                open.add(caller);
            }
        }

        private void end(Frame frame) {
            if (frame == root) {
                complete = true;
                return;
            }
            if (frames.contains(frame)) {
                frame.endsAtOnce = true;
            }
            open.addAll(frame.callers);
        }
    }
}
