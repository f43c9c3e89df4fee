class FilterModule:
    def filters(self):
        return {"from_role": lambda text: f"role {text}"}
