# win_environment: variables through System.Environment, which tells open programs of a change.
# https://learn.microsoft.com/dotnet/api/system.environment.setenvironmentvariable

function Read-State($Arguments) {
    $names = @($Arguments.name)
    if ($null -ne $Arguments.variables) {
        $names = @($Arguments.variables.Keys | Sort-Object)
    }
    $values = @($names | ForEach-Object {
            @{ name = $_; value = [Environment]::GetEnvironmentVariable($_, [EnvironmentVariableTarget]$Arguments.level) }
        })
    return @{ values = $values }
}

function Invoke-Change($Change) {
    switch ($Change.op) {
        'set' {
            # an empty text removes the variable
            [Environment]::SetEnvironmentVariable($Change.path, [string]$Change.value, [EnvironmentVariableTarget]$Change.level)
        }
    }
}
