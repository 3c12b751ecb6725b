package dev.cria.chat.jinja;

import dev.cria.chat.jinja.Value.Callable;

/**
 * A method of a value, before it is called.
 *
 * @param self the value
 * @param name its name
 * @param body what it does
 */
record Method(Value self, String name, Body body) implements Callable {
    /** What a method does. */
    interface Body {
        Value call(Run run, Arguments arguments);
    }

    @Override
    public Value call(Run run, Arguments arguments) {
        return body.call(run, arguments);
    }

    @Override
    public String representation() {
        return "<built-in method " + name + " of " + Types.name(self) + " object>";
    }
}
