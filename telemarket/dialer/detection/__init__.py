"""Who or what has answered a call: a person, a machine, an assistant, a tone, or nobody."""
